import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import { Database } from "@veza/adapters/postgres"
import { story, world } from "./story.ts"

const premium = { plan: "premium", cycle: "monthly" } as const
const creator = { plan: "creator", cycle: "monthly" } as const

/** Each story has a world of its own. */
const told = <E>(name: string, work: Effect.Effect<void, E, Layer.Success<typeof world>>) =>
  it.effect(name, () => Effect.provide(work, world))

describe("a subscription over months", () => {
  told(
    "is tried for 14 days, then paid on the 31st, or on the last day of the month",
    Effect.gen(function* () {
      const { subscribe, pay, until, events, mails, right } = yield* story("2027-01-17T10:00:00Z")
      const { payment } = yield* subscribe(premium)
      yield* pay(payment?.id)
      assert.deepStrictEqual(yield* events(), ["2027-01-17 CREATED", "2027-01-17 TRIAL_STARTED"])
      assert.strictEqual(yield* right, "premium")
      yield* until("2027-02-01T00:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2027-01-28 TRIAL_ENDING",
        "2027-01-31 INVOICE_ISSUED 19.99",
        "2027-01-31 TRIAL_ENDED",
        "2027-01-31 INVOICE_PAID 19.99",
        "2027-01-31 ACTIVATED"
      ])
      assert.deepStrictEqual(yield* mails(), ["trial_started", "trial_ending", "paid"])
      yield* until("2027-05-01T12:00:00Z")
      assert.deepStrictEqual(
        yield* events(),
        ["2027-02-28", "2027-03-31", "2027-04-30"].flatMap((day) => [
          `${day} INVOICE_ISSUED 19.99`,
          `${day} INVOICE_PAID 19.99`,
          `${day} RENEWED`
        ])
      )
      assert.strictEqual(yield* right, "premium")
    })
  )

  told(
    "is had on a leap day too, and a year later on the 28th",
    Effect.gen(function* () {
      const { subscribe, pay, until, events } = yield* story("2028-02-29T08:00:00Z")
      yield* pay((yield* subscribe({ plan: "creator", cycle: "yearly" })).payment?.id)
      yield* events()
      yield* until("2029-03-02T00:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2029-02-28 INVOICE_ISSUED 99.90",
        "2029-02-28 INVOICE_PAID 99.90",
        "2029-02-28 RENEWED"
      ])
    })
  )

  told(
    "is past due when the card fails: tried again on days 1, 3, 5 and 7, entitled for 7, then over",
    Effect.gen(function* () {
      const { subscribe, pay, until, events, mails, right, breakCard, books } = yield* story("2026-04-10T00:00:00Z")
      yield* pay((yield* subscribe(creator)).payment?.id)
      yield* breakCard
      yield* events()
      yield* until("2026-05-10T06:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2026-05-10 INVOICE_ISSUED 9.99",
        "2026-05-10 INVOICE_FAILED 9.99",
        "2026-05-10 PAST_DUE"
      ])
      yield* until("2026-05-16T23:59:00Z")
      assert.strictEqual(yield* right, "creator")
      assert.deepStrictEqual(
        yield* events(),
        ["2026-05-11", "2026-05-13", "2026-05-15"].flatMap((day) => [
          `${day} PAYMENT_RETRIED`,
          `${day} INVOICE_FAILED 9.99`
        ])
      )
      yield* until("2026-05-17T00:00:00Z")
      assert.strictEqual(yield* right, "free")
      yield* until("2026-05-20T00:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2026-05-17 PAYMENT_RETRIED",
        "2026-05-17 INVOICE_FAILED 9.99",
        "2026-05-17 EXPIRED"
      ])
      assert.deepStrictEqual(yield* mails(), [
        "paid",
        "payment_failed",
        "payment_failed",
        "payment_failed",
        "payment_failed",
        "ended_unpaid"
      ])
      assert.deepStrictEqual(yield* books, { kept: 999, back: 0, paid: 999 })
    })
  )

  told(
    "is owed where nobody left a way to pay, and goes on when the mailed link is paid",
    Effect.gen(function* () {
      const { subscribe, pay, until, events, mails, right, complete } = yield* story("2026-06-01T00:00:00Z")
      yield* subscribe(premium)
      yield* until("2026-06-18T00:00:00Z")
      assert.deepStrictEqual((yield* events()).slice(3), [
        "2026-06-15 INVOICE_ISSUED 19.99",
        "2026-06-15 TRIAL_ENDED",
        "2026-06-15 PAST_DUE",
        "2026-06-16 PAYMENT_RETRIED",
        "2026-06-18 PAYMENT_RETRIED"
      ])
      const { payment } = yield* complete
      assert.strictEqual((yield* complete).payment?.id, payment?.id)
      yield* pay(payment?.id)
      assert.deepStrictEqual(yield* events(), ["2026-06-18 INVOICE_PAID 19.99", "2026-06-18 RENEWED"])
      assert.deepStrictEqual((yield* mails()).slice(2), [
        "payment_reminder",
        "payment_reminder",
        "payment_reminder",
        "paid"
      ])
      yield* until("2026-07-16T00:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2026-07-15 INVOICE_ISSUED 19.99",
        "2026-07-15 INVOICE_PAID 19.99",
        "2026-07-15 RENEWED"
      ])
      assert.strictEqual(yield* right, "premium")
    })
  )

  told(
    "becomes better at once for what the preview said, lesser at the end, and ends when cancelled",
    Effect.gen(function* () {
      const {
        subscribe,
        pay,
        until,
        events,
        mails,
        preview,
        change,
        cancel,
        reactivate,
        right,
        running,
        books,
        workers
      } = yield* story("2026-09-01T00:00:00Z")
      yield* pay((yield* subscribe(creator)).payment?.id)
      yield* until("2026-09-16T00:00:00Z")
      yield* events()
      const shown = yield* preview({ _tag: "Plan", plan: "premium" })
      // Half a month of premium, 9.995, rounded down, less half a month of creator, 4.995, rounded down.
      assert.strictEqual(shown.totalMinor, 999 - 499)
      yield* until("2026-09-16T00:10:00Z")
      const { invoice } = yield* change({ _tag: "Plan", plan: "premium" }, shown.at)
      assert.strictEqual(invoice?.totalMinor, shown.totalMinor)
      assert.deepStrictEqual(invoice?.lines, shown.lines)
      assert.strictEqual(yield* right, "creator")
      yield* workers
      assert.strictEqual(yield* right, "premium")
      yield* change({ _tag: "Plan", plan: "creator" })
      assert.strictEqual(yield* right, "premium")
      yield* until("2026-10-02T00:00:00Z")
      assert.strictEqual(yield* right, "creator")
      assert.deepStrictEqual(yield* events(), [
        "2026-09-16 INVOICE_ISSUED 5.00",
        "2026-09-16 INVOICE_PAID 5.00",
        "2026-09-16 PLAN_CHANGED",
        "2026-09-16 CHANGE_SCHEDULED",
        "2026-10-01 INVOICE_ISSUED 9.99",
        "2026-10-01 INVOICE_PAID 9.99",
        "2026-10-01 RENEWED"
      ])
      yield* cancel
      yield* reactivate
      yield* cancel
      yield* until("2026-10-31T23:00:00Z")
      assert.strictEqual(yield* right, "creator")
      yield* until("2026-12-24T00:00:00Z")
      assert.strictEqual(yield* right, "free")
      assert.isUndefined(yield* running)
      assert.deepStrictEqual(yield* events(), [
        "2026-10-02 CANCELLATION_SCHEDULED",
        "2026-10-02 REACTIVATED",
        "2026-10-02 CANCELLATION_SCHEDULED",
        "2026-11-01 CANCELED"
      ])
      assert.deepStrictEqual(yield* books, { kept: 999 + 500 + 999, back: 0, paid: 999 + 500 + 999 })
      const each = ["paid", "paid", "change_scheduled", "paid", "ending", "continues", "ending", "ended_canceled"]
      assert.deepStrictEqual(yield* mails(), each)
    })
  )

  told(
    "begins a year at once, with what is left of the month taken off, on a new day",
    Effect.gen(function* () {
      const { subscribe, pay, until, events, change, running, workers } = yield* story("2026-03-31T00:00:00Z")
      yield* pay((yield* subscribe(creator)).payment?.id)
      yield* until("2026-04-10T00:00:00Z")
      yield* events()
      yield* change({ _tag: "Cycle", cycle: "yearly" })
      yield* workers
      yield* until("2026-04-11T00:00:00Z")
      // 20 of 30 days of 9.99 are left: 6.66.
      assert.deepStrictEqual(yield* events(), [
        "2026-04-10 INVOICE_ISSUED 93.24",
        "2026-04-10 INVOICE_PAID 93.24",
        "2026-04-10 PLAN_CHANGED"
      ])
      const end = (yield* running)?.periodEnd
      assert.strictEqual(end && DateTime.formatIso(end), "2027-04-10T00:00:00.000Z")
    })
  )

  told(
    "ends with its trial when that is cancelled, without a reminder, an invoice or days of grace",
    Effect.gen(function* () {
      const { subscribe, until, events, mails, right, cancel } = yield* story("2026-07-01T00:00:00Z")
      yield* subscribe(premium)
      yield* cancel
      yield* until("2026-07-14T23:00:00Z")
      assert.strictEqual(yield* right, "premium")
      yield* until("2026-07-16T00:00:00Z")
      assert.strictEqual(yield* right, "free")
      assert.deepStrictEqual((yield* events()).slice(2), ["2026-07-01 CANCELLATION_SCHEDULED", "2026-07-15 CANCELED"])
      assert.deepStrictEqual(yield* mails(), ["trial_started", "ending", "ended_canceled"])
    })
  )

  told(
    "is not completed after a day, and what is paid later goes back",
    Effect.gen(function* () {
      const { subscribe, pay, until, events, mails, right, books } = yield* story("2026-08-01T00:00:00Z")
      const { payment } = yield* subscribe(creator)
      yield* until("2026-08-02T12:00:00Z")
      assert.deepStrictEqual(yield* events(), [
        "2026-08-01 INVOICE_ISSUED 9.99",
        "2026-08-01 CREATED",
        "2026-08-02 INVOICE_VOIDED 9.99",
        "2026-08-02 EXPIRED"
      ])
      yield* pay(payment?.id)
      assert.strictEqual(yield* right, "free")
      yield* until("2026-08-03T00:00:00Z")
      assert.deepStrictEqual(yield* events(), ["2026-08-02 INVOICE_PAID 9.99", "2026-08-03 PAYMENT_REFUNDED 9.99"])
      assert.deepStrictEqual(yield* mails(), ["not_completed", "refunded"])
      assert.deepStrictEqual(yield* books, { kept: 0, back: 999, paid: 999 })
    })
  )

  told(
    "keeps its price for the running period when the plan becomes dearer",
    Effect.gen(function* () {
      const { sql } = yield* Database
      const { subscribe, pay, until, events } = yield* story("2029-01-01T00:00:00Z")
      yield* pay((yield* subscribe(creator)).payment?.id)
      yield* events()
      yield* sql`
        INSERT INTO plans SELECT id, 2, name, 1299, 12990, currency, trial_days, rank, features, '2029-01-15T00:00:00Z'
        FROM plans WHERE id = 'creator' AND version = 1`
      yield* until("2029-02-02T00:00:00Z")
      yield* sql`UPDATE plans SET sold_from = '2090-01-01T00:00:00Z' WHERE id = 'creator' AND version = 2`
      assert.deepStrictEqual(yield* events(), [
        "2029-02-01 INVOICE_ISSUED 12.99",
        "2029-02-01 INVOICE_PAID 12.99",
        "2029-02-01 RENEWED"
      ])
    })
  )

  told(
    "is the same story wherever a worker is cut off",
    Effect.gen(function* () {
      const tell = Effect.fnUntraced(function* (cutAt: number) {
        const { subscribe, pay, until, events, mails, breakCard, books } = yield* story("2026-02-01T00:00:00Z", {
          cutAt
        })
        yield* pay((yield* subscribe(premium)).payment?.id)
        yield* until("2026-03-17T00:00:00Z")
        yield* breakCard
        yield* until("2026-03-25T12:00:00Z")
        return { events: yield* events(), mails: yield* mails(), books: yield* books }
      })
      const undisturbed = yield* tell(0)
      assert.deepStrictEqual(undisturbed.books, { kept: 2 * 1999, back: 0, paid: 2 * 1999 })
      for (let cutAt = 1; cutAt <= 7; cutAt++) {
        const cut = yield* Effect.provide(tell(cutAt), world)
        assert.deepStrictEqual(cut, undisturbed, `cut at ${cutAt}`)
      }
    })
  )
})
