import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { PayersInMemory } from "@veza/adapters/memory"
import { Database } from "@veza/adapters/postgres"
import { Transaction } from "@veza/domain/kernel"
import { Mandates, PaymentProvider, settlePayment } from "@veza/domain/payments"
import { advanceSubscriptions, Subscriptions } from "@veza/domain/subscriptions"
import { story, world, worldWith } from "./story.ts"

const creator = { plan: "creator", cycle: "monthly" } as const
const premium = { plan: "premium", cycle: "monthly" } as const
const toPremium = { _tag: "Plan", plan: "premium" } as const

/** Each mishap has a world of its own. */
const told = <E>(name: string, work: Effect.Effect<void, E, Layer.Success<typeof world>>) =>
  it.effect(name, () => Effect.provide(work, world))

/** Somebody with a card on file who pays for a month of creator. */
const subscriber = Effect.fnUntraced(function* (begin: string) {
  const told = yield* story(begin)
  yield* told.pay((yield* told.subscribe(creator)).payment?.id)
  yield* told.events()
  return told
})

describe("whatever goes wrong with a subscription", () => {
  told(
    "gives back what was charged, though the process died before it noted the payment and all was called off",
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { change, cancel, until, workers, events, books, right } = yield* subscriber("2026-09-01T00:00:00Z")
      yield* until("2026-09-16T00:00:00Z")
      const { invoice } = yield* change(toPremium)
      assert.strictEqual(invoice?.totalMinor, 500)
      yield* sql`UPDATE invoice_payments SET payment_id = NULL WHERE invoice_id = ${invoice?.id ?? null}`
      yield* cancel
      yield* until("2026-09-16T00:20:00Z")
      yield* workers
      assert.deepStrictEqual(yield* events(), [
        "2026-09-16 INVOICE_ISSUED 5.00",
        "2026-09-16 INVOICE_VOIDED 5.00",
        "2026-09-16 CANCELLATION_SCHEDULED",
        "2026-09-16 INVOICE_PAID 5.00",
        "2026-09-16 PAYMENT_REFUNDED 5.00"
      ])
      assert.deepStrictEqual(yield* books, { kept: 999, back: 500, paid: 999 + 500 })
      assert.strictEqual(yield* right, "creator")
    })
  )

  told(
    "charges nobody for what was called off before the provider was asked",
    Effect.gen(function* () {
      const { setReachable, payments } = yield* PayersInMemory
      const { change, cancel, until, books } = yield* subscriber("2026-09-01T00:00:00Z")
      yield* setReachable(false)
      yield* Effect.flip(change(toPremium))
      yield* cancel
      yield* setReachable(true)
      yield* until("2026-09-01T01:00:00Z")
      assert.deepStrictEqual(
        (yield* payments).map(({ status }) => status),
        ["succeeded", "requires_action"]
      )
      assert.deepStrictEqual(yield* books, { kept: 999, back: 0, paid: 999 })
    })
  )

  told(
    "charges once for a better plan that is asked for four times at once",
    Effect.gen(function* () {
      const { payments } = yield* PayersInMemory
      const { change, workers, events, books, right } = yield* subscriber("2026-09-01T00:00:00Z")
      const changed = yield* Effect.all(
        Array.from({ length: 4 }, () => change(toPremium)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(changed.map(({ payment }) => payment?.id)).size, 1)
      yield* workers
      assert.deepStrictEqual(yield* events(), [
        "2026-09-01 INVOICE_ISSUED 10.00",
        "2026-09-01 INVOICE_PAID 10.00",
        "2026-09-01 PLAN_CHANGED"
      ])
      assert.lengthOf(yield* payments, 2)
      assert.deepStrictEqual(yield* books, { kept: 1999, back: 0, paid: 1999 })
      assert.strictEqual(yield* right, "premium")
    })
  )

  told(
    "ends once, whoever else asks for it at the same moment",
    Effect.gen(function* () {
      const { subscribe, cancel, events, mails } = yield* story("2026-09-01T00:00:00Z")
      yield* subscribe(creator)
      yield* Effect.all(
        Array.from({ length: 4 }, () => Effect.exit(cancel)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual((yield* events()).slice(2), ["2026-09-01 INVOICE_VOIDED 9.99", "2026-09-01 EXPIRED"])
      assert.deepStrictEqual(yield* mails(), ["not_completed"])
    })
  )

  told(
    "previews a change that waits for its payment at the price it waits at, and takes it back by the present cycle",
    Effect.gen(function* () {
      const { userId, change, preview, until, running } = yield* subscriber("2026-09-01T00:00:00Z")
      yield* (yield* Mandates).forget(userId)
      const asked = yield* change(toPremium)
      yield* until("2026-09-01T20:00:00Z")
      const shown = yield* preview(toPremium)
      assert.strictEqual(shown.totalMinor, asked.invoice?.totalMinor)
      const again = yield* change(toPremium, shown.at)
      assert.deepStrictEqual([again.invoice?.id, again.payment?.id], [asked.invoice?.id, asked.payment?.id])
      const kept = yield* change({ _tag: "Cycle", cycle: "monthly" })
      assert.isUndefined(kept.payment)
      assert.isNull((yield* running)?.invoiceId)
    })
  )

  told(
    "does not take the preview of a period for the one after it",
    Effect.gen(function* () {
      const { preview, change, travel, payments } = {
        ...(yield* subscriber("2026-09-01T00:00:00Z")),
        ...(yield* PayersInMemory)
      }
      yield* travel("2026-09-30T23:55:00Z")
      const shown = yield* preview(toPremium)
      yield* travel("2026-10-01T00:01:00Z")
      assert.strictEqual((yield* Effect.flip(change(toPremium, shown.at)))._tag, "ProrationOutdated")
      assert.lengthOf(yield* payments, 1)
    })
  )

  told(
    "lets a trial be paid for by another card when the first was declined",
    Effect.gen(function* () {
      const { subscribe, decline, complete, pay, until, events } = yield* story("2026-06-01T00:00:00Z")
      const { payment } = yield* subscribe(premium)
      yield* decline(payment?.id)
      const second = (yield* complete).payment
      assert.notStrictEqual(second?.id, payment?.id)
      assert.strictEqual((yield* complete).payment?.id, second?.id)
      yield* pay(second?.id)
      yield* until("2026-06-16T00:00:00Z")
      assert.deepStrictEqual((yield* events()).slice(-2), ["2026-06-15 INVOICE_PAID 19.99", "2026-06-15 ACTIVATED"])
    })
  )

  told(
    "finds the card that was left within a trial though nobody told of it, before the trial ends",
    Effect.gen(function* () {
      const [{ pay }, mandates] = [yield* PayersInMemory, yield* Mandates]
      const { userId, subscribe, travel } = yield* story("2026-06-01T00:00:00Z")
      const { payment } = yield* subscribe(premium)
      if (payment === undefined) return assert.fail("nothing to set up")
      yield* pay(payment.id)
      assert.isTrue(Option.isNone(yield* mandates.of(userId)))
      yield* travel("2026-06-12T00:00:00Z")
      yield* advanceSubscriptions()
      assert.isTrue(Option.isSome(yield* mandates.of(userId)))
    })
  )

  told(
    "answers whoever asks again after a payment that failed by one that can be paid, though nobody told of it yet",
    Effect.gen(function* () {
      const { decline } = yield* PayersInMemory
      const { subscribe, change, pay, right, userId } = yield* story("2026-09-01T00:00:00Z")
      const failed = (yield* subscribe(creator)).payment
      if (failed === undefined) return assert.fail("nothing to pay")
      yield* decline(failed.id)
      const second = (yield* subscribe(creator)).payment
      assert.strictEqual(second?.status, "requires_action")
      yield* pay(second?.id)
      yield* (yield* Mandates).forget(userId)
      const change1 = (yield* change(toPremium)).payment
      if (change1 === undefined) return assert.fail("nothing to pay")
      yield* decline(change1.id)
      const change2 = (yield* change(toPremium)).payment
      assert.strictEqual(change2?.status, "requires_action")
      yield* pay(change2?.id)
      assert.strictEqual(yield* right, "premium")
    })
  )

  told(
    "asks how to pay for a better plan when the card on file was declined",
    Effect.gen(function* () {
      const { breakCard, change, workers, pay, events, right } = yield* subscriber("2026-09-01T00:00:00Z")
      yield* breakCard
      yield* change(toPremium)
      yield* workers
      assert.strictEqual((yield* events()).at(-1), "2026-09-01 CHANGE_LAPSED")
      const { payment } = yield* change(toPremium)
      assert.strictEqual(payment?.status, "requires_action")
      yield* pay(payment?.id)
      assert.strictEqual(yield* right, "premium")
    })
  )

  told(
    "keeps months to be paid from the end of the year on, though a better plan is bought before",
    Effect.gen(function* () {
      const { subscribe, pay, change, preview, until, events, running, workers } = yield* story("2026-01-10T00:00:00Z")
      yield* pay((yield* subscribe({ plan: "creator", cycle: "yearly" })).payment?.id)
      yield* change({ _tag: "Cycle", cycle: "monthly" })
      yield* until("2026-07-10T00:00:00Z")
      const shown = yield* preview(toPremium)
      assert.deepInclude(shown, { plan: "premium", cycle: "yearly", effectiveAt: shown.at })
      assert.strictEqual(shown.next?.totalMinor, 1999)
      yield* change(toPremium, shown.at)
      yield* workers
      assert.deepInclude(yield* running, {
        plan: "premium",
        cycle: "yearly",
        nextPlan: "premium",
        nextCycle: "monthly"
      })
      yield* events()
      yield* until("2027-01-10T01:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2027-01-10 INVOICE_ISSUED 19.99",
        "2027-01-10 INVOICE_PAID 19.99",
        "2027-01-10 RENEWED"
      ])
      assert.deepInclude(yield* running, { cycle: "monthly", nextPlan: null, nextCycle: null })
    })
  )

  told(
    "tries the card on file again though its owner opened a page to pay on and left it",
    Effect.gen(function* () {
      const { payments } = yield* PayersInMemory
      const { breakCard, until, complete, events, mails } = yield* subscriber("2026-09-01T00:00:00Z")
      yield* breakCard
      yield* until("2026-10-01T01:00:00Z")
      assert.strictEqual((yield* complete).payment?.status, "requires_action")
      const before = (yield* mails()).length
      yield* until("2026-10-02T01:00:00Z")
      assert.deepStrictEqual(
        (yield* payments).map(({ status }) => status),
        ["succeeded", "failed", "cancelled", "failed"]
      )
      assert.deepStrictEqual((yield* mails()).slice(before), ["payment_failed"])
      assert.strictEqual((yield* complete).payment?.status, "requires_action")
      yield* events()
      yield* until("2026-10-09T01:00:00Z")
      assert.deepStrictEqual(
        (yield* payments).map(({ status }) => status),
        ["succeeded", "failed", "cancelled", "failed", "cancelled", "failed", "failed", "failed"]
      )
      assert.strictEqual((yield* events()).at(-1), "2026-10-08 EXPIRED")
    })
  )

  told(
    "leaves a retry alone that waits for its payer, though a slower worker has read that it is due",
    Effect.gen(function* () {
      const { payments } = yield* PayersInMemory
      const { breakCard, questionCard, until, travel, pay, events } = yield* subscriber("2026-09-01T00:00:00Z")
      yield* breakCard
      yield* until("2026-10-01T01:00:00Z")
      yield* questionCard
      yield* travel("2026-10-02T01:00:00Z")
      const subscriptions = yield* Subscriptions
      const quicker = Effect.provide(advanceSubscriptions(), yield* Effect.context<Layer.Success<typeof world>>())
      const overtaken = Subscriptions.of({
        ...subscriptions,
        due: (...asked) => Effect.tap(subscriptions.due(...asked), quicker)
      })
      yield* Effect.provideService(advanceSubscriptions(), Subscriptions, overtaken)
      const made = yield* payments
      assert.deepStrictEqual(
        made.map(({ status }) => status),
        ["succeeded", "failed", "requires_action"]
      )
      yield* pay(made.at(-1)?.id)
      assert.deepStrictEqual(yield* events(), [
        "2026-10-01 INVOICE_ISSUED 9.99",
        "2026-10-01 INVOICE_FAILED 9.99",
        "2026-10-01 PAST_DUE",
        "2026-10-02 PAYMENT_RETRIED",
        "2026-10-02 INVOICE_PAID 9.99",
        "2026-10-02 RENEWED"
      ])
    })
  )

  told(
    "charges nobody who is banned: what was paid for lasts to its end, and what is owed is owed no more",
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { userId, breakCard, until, events, books, right } = yield* subscriber("2026-09-01T00:00:00Z")
      const ban = (isBanned: boolean) => sql`UPDATE users SET is_banned = ${isBanned} WHERE id = ${userId}`
      yield* ban(true)
      yield* until("2026-09-30T23:00:00Z")
      assert.deepStrictEqual(yield* events(), [])
      yield* ban(false)
      yield* breakCard
      yield* until("2026-10-01T01:00:00Z")
      assert.strictEqual((yield* events()).at(-1), "2026-10-01 PAST_DUE")
      yield* ban(true)
      yield* until("2026-11-02T00:00:00Z")
      assert.deepStrictEqual(yield* events(), ["2026-10-02 INVOICE_VOIDED 9.99", "2026-10-02 EXPIRED"])
      assert.deepStrictEqual(yield* books, { kept: 999, back: 0, paid: 999 })
      assert.strictEqual(yield* right, "free")
    })
  )

  told(
    "ends the subscription of who is banned when its period does",
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { userId, until, events, mails } = yield* subscriber("2026-09-01T00:00:00Z")
      const before = (yield* mails()).length
      yield* sql`UPDATE users SET is_banned = true WHERE id = ${userId}`
      yield* until("2026-11-02T00:00:00Z")
      assert.deepStrictEqual(yield* events(), ["2026-10-01 CANCELED"])
      assert.deepStrictEqual((yield* mails()).slice(before), ["ended_canceled"])
    })
  )

  told(
    "is sold in one currency: what is left of one plan is taken off another",
    Effect.gen(function* () {
      const { sql } = yield* Database
      const inEuro = sql`
        INSERT INTO plans SELECT id, 2, name, 1099, 10990, 'EUR', trial_days, rank, features, sold_from
        FROM plans WHERE id = 'creator' AND version = 1`
      assert.match(inspect(yield* Effect.flip(inEuro)), /all plans are sold in one currency, not in EUR and USD/u)
      yield* sql`UPDATE plans SET currency = 'EUR'`
      yield* inEuro
    })
  )

  told(
    "gives back what came in after it was told to have failed",
    Effect.gen(function* () {
      const [{ pay }, { atomically }] = [yield* PayersInMemory, yield* Transaction]
      const { subscribe, until, workers, events, books } = yield* story("2026-08-01T00:00:00Z")
      const { payment } = yield* subscribe(creator)
      if (payment === undefined) return assert.fail("nothing to pay")
      yield* pay(payment.id)
      yield* atomically(settlePayment({ ...payment, status: "failed" }))
      assert.strictEqual((yield* events()).at(-1), "2026-08-01 EXPIRED")
      yield* until("2026-08-01T01:00:00Z")
      yield* workers
      assert.deepStrictEqual(yield* events(), ["2026-08-01 INVOICE_PAID 9.99", "2026-08-01 PAYMENT_REFUNDED 9.99"])
      assert.deepStrictEqual(yield* books, { kept: 0, back: 999, paid: 999 })
    })
  )

  told(
    "gives a plan that costs nothing for a while, and charges for it when it costs something again",
    Effect.gen(function* () {
      const { sql } = yield* Database
      yield* sql`
        INSERT INTO plans SELECT id, v, name, monthly, 10 * monthly, currency, trial_days, rank, features, since
        FROM plans, (VALUES (2, 0, '2026-01-01Z'::timestamptz), (3, 999, '2026-03-01Z')) AS later (v, monthly, since)
        WHERE id = 'creator' AND version = 1`
      const { subscribe, until, events, right } = yield* story("2026-01-10T00:00:00Z")
      assert.isUndefined((yield* subscribe(creator)).payment)
      assert.strictEqual(yield* right, "creator")
      yield* until("2026-03-10T12:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2026-01-10 INVOICE_ISSUED 0.00",
        "2026-01-10 INVOICE_PAID 0.00",
        "2026-01-10 CREATED",
        "2026-01-10 ACTIVATED",
        "2026-02-10 INVOICE_ISSUED 0.00",
        "2026-02-10 INVOICE_PAID 0.00",
        "2026-02-10 RENEWED",
        "2026-03-10 INVOICE_ISSUED 9.99",
        "2026-03-10 PAST_DUE"
      ])
    })
  )

  told(
    "asks a provider that does not answer once, and does for the others what is due",
    Effect.gen(function* () {
      const [{ setReachable }, provider] = [yield* PayersInMemory, yield* PaymentProvider]
      const [ada, bob, eve] = [
        yield* subscriber("2026-09-01T00:00:00Z"),
        yield* subscriber("2026-09-01T00:00:00Z"),
        yield* subscriber("2026-09-01T00:00:00Z")
      ]
      yield* eve.cancel
      yield* setReachable(false)
      let calls = 0
      const counting = PaymentProvider.of({
        ...provider,
        create: (key, payment) => Effect.suspend(() => (calls++, provider.create(key, payment)))
      })
      yield* ada.until("2026-09-30T23:00:00Z")
      yield* ada.travel("2026-10-01T00:01:00Z")
      assert.strictEqual(yield* Effect.provideService(advanceSubscriptions(), PaymentProvider, counting), 3)
      assert.strictEqual(calls, 1)
      assert.strictEqual((yield* eve.events()).at(-1), "2026-10-01 CANCELED")
      yield* setReachable(true)
      yield* ada.until("2026-10-01T01:00:00Z")
      for (const { events } of [ada, bob]) assert.strictEqual((yield* events()).at(-1), "2026-10-01 RENEWED")
    })
  )

  it.effect("tells the price of a trial with the tax that will be charged", () =>
    Effect.provide(
      Effect.gen(function* () {
        const { subscribe, pay, until, amounts, books } = yield* story("2026-06-01T00:00:00Z")
        yield* pay((yield* subscribe(premium)).payment?.id)
        yield* until("2026-06-16T00:00:00Z")
        assert.deepStrictEqual(yield* amounts, ["23.99 USD", "23.99 USD", "23.99 USD"])
        assert.deepStrictEqual(yield* books, { kept: 2399, back: 0, paid: 2399 })
      }),
      worldWith({ taxRateBps: 2000 })
    )
  )
})
