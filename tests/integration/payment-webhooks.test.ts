import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Layer, Logger, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { memoryAdapters, PayersInMemory } from "@veza/adapters/memory"
import { paymentProviderAbsent } from "@veza/adapters/payment"
import { type Anonymous, Currency, Ids, UserId } from "@veza/domain/kernel"
import {
  type Dispute,
  Disputes,
  forgetDeliveries,
  isTerminal,
  Mandates,
  type NewPayment,
  type Payment,
  PaymentDeliveries,
  PaymentId,
  PaymentProvider,
  PaymentProviderUnavailable,
  type PaymentSettler,
  PaymentSettlers,
  receiveDelivery,
  type Refund,
  reconcilePayments,
  resumeDeliveries,
  type SignedBody,
  WebhookSignatureInvalid
} from "@veza/domain/payments"
import { addUser } from "../contracts/samples.ts"

const provider: Anonymous = {
  _tag: "Anonymous",
  origin: { ip: "192.0.2.7", userAgent: "Hyperswitch", requestId: "r-1" }
}

/** A context that payments are made for: what it owns, what it was told, and how it fails. */
const newOwner = () => {
  const owned = new Map<PaymentId, Payment | undefined>()
  const told: Array<Payment> = []
  const refunds: Array<Refund> = []
  const asked = new Set<PaymentId>()
  const faults = { left: 0 }
  const settler: PaymentSettler = {
    name: "tests",
    settle: (payment) =>
      Effect.sync(() => {
        if (!owned.has(payment.id)) return "not_mine"
        if (faults.left > 0) {
          faults.left--
          throw new Error("the owner stumbles")
        }
        told.push(payment)
        if (!isTerminal(payment.status) || owned.get(payment.id) !== undefined) return "unchanged"
        owned.set(payment.id, payment)
        return "settled"
      }),
    settleRefund: (refund) =>
      Effect.sync(() => {
        if (!owned.has(refund.paymentId)) return "not_mine"
        refunds.push(refund)
        return "settled"
      }),
    // Whom it was not asked about for the longest.
    claimOpen: (_now, limit) =>
      Effect.sync(() => {
        const open = [...owned].flatMap(([id, settled]) => (settled === undefined ? [id] : []))
        const claimed = open
          .filter((id) => !asked.has(id))
          .toSorted()
          .slice(0, limit)
        for (const id of claimed) asked.add(id)
        return claimed
      })
  }
  return { owned, told, refunds, asked, faults, settler }
}

type Owner = ReturnType<typeof newOwner>

/** Each test has a store, a provider and an owner of its own. */
const withOwner = <A, E>(
  test: (owner: Owner) => Effect.Effect<A, E, Layer.Success<typeof memoryAdapters> | PaymentSettlers>
) =>
  Effect.suspend(() => {
    const owner = newOwner()
    return Effect.provide(test(owner), Layer.merge(memoryAdapters, Layer.succeed(PaymentSettlers, [owner.settler])))
  })

let invoices = 0
const newPayment = Effect.fnUntraced(function* (given: Partial<NewPayment> = {}) {
  const payment: NewPayment = {
    amount: { amount_minor: 1999, currency: Currency.make("USD") },
    customer: UserId.make(yield* (yield* Ids).entity),
    description: "Premium",
    by: { _tag: "Payer", remember: true, returnUrl: undefined },
    ...given
  }
  return yield* (yield* PaymentProvider).create(`invoice:${++invoices}:1`, payment)
})

const receive = (delivery: SignedBody) => receiveDelivery(provider, delivery)

describe("the payment webhook", () => {
  it.effect("has the effect of an event once, however often it is delivered", () =>
    withOwner(({ owned, told }) =>
      Effect.gen(function* () {
        const { id } = yield* newPayment()
        owned.set(id, undefined)
        const delivery = yield* (yield* PayersInMemory).pay(id)
        assert.strictEqual(yield* receive(delivery), "ok")
        assert.strictEqual(yield* receive(delivery), "skipped")
        assert.deepStrictEqual(
          told.map(({ status }) => status),
          ["succeeded"]
        )
      })
    )
  )

  it.effect("remembers a mandate that was set up, the latest whatever the order of news", () =>
    withOwner(() =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        const { id: customer } = yield* addUser()
        const amount = { amount_minor: 0, currency: Currency.make("USD") }
        const earlier = yield* newPayment({ customer, amount })
        yield* TestClock.adjust("1 second")
        const later = yield* newPayment({ customer, amount })
        const [first, second] = [yield* payers.pay(later.id), yield* payers.pay(earlier.id)]
        assert.strictEqual(yield* receive(first), "ok")
        yield* receive(second)
        const mandate = Option.getOrThrow(yield* (yield* Mandates).of(customer))
        assert.strictEqual(mandate.paymentId, later.id)
      })
    )
  )

  it.effect("waits for nobody to own a card that was not left", () =>
    withOwner(() =>
      Effect.gen(function* () {
        const { id } = yield* newPayment({ amount: { amount_minor: 0, currency: Currency.make("USD") } })
        assert.strictEqual(yield* receive(yield* (yield* PayersInMemory).decline(id)), "ok")
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* (yield* PaymentDeliveries).due(yield* DateTime.now, 10), [])
      })
    )
  )

  it.effect("tries again what nobody owned yet: the provider may be quicker than our commit", () =>
    withOwner(({ owned }) =>
      Effect.gen(function* () {
        const { id: customer } = yield* addUser()
        const { id } = yield* newPayment({ customer })
        assert.strictEqual(yield* receive(yield* (yield* PayersInMemory).pay(id)), "skipped")
        assert.isTrue(Option.isNone(yield* (yield* Mandates).of(customer)))
        assert.strictEqual(yield* resumeDeliveries(), 0)
        owned.set(id, undefined)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* resumeDeliveries(), 1)
        assert.strictEqual(owned.get(id)?.status, "succeeded")
        assert.isTrue(Option.isSome(yield* (yield* Mandates).of(customer)))
        yield* TestClock.adjust("1 day")
        assert.strictEqual(yield* resumeDeliveries(), 0)
      })
    )
  )

  it.effect("keeps what could not be taken in, takes it in later, and then refuses it as known", () =>
    withOwner(({ owned, told, faults }) =>
      Effect.gen(function* () {
        const { id } = yield* newPayment()
        owned.set(id, undefined)
        faults.left = 2
        const delivery = yield* (yield* PayersInMemory).pay(id)
        assert.isTrue(Exit.isFailure(yield* Effect.exit(receive(delivery))))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* resumeDeliveries(), 0)
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* resumeDeliveries(), 1)
        assert.strictEqual(told.length, 1)
        assert.strictEqual(yield* receive(delivery), "skipped")
        assert.strictEqual(told.length, 1)
      })
    )
  )

  it.effect("gives up after ten attempts", () =>
    withOwner(({ owned, told, faults }) =>
      Effect.gen(function* () {
        const { id } = yield* newPayment()
        owned.set(id, undefined)
        faults.left = 10
        yield* Effect.exit(receive(yield* (yield* PayersInMemory).pay(id)))
        for (let attempt = 2; attempt <= 10; attempt++) {
          yield* TestClock.adjust("1 hour")
          yield* resumeDeliveries()
        }
        assert.strictEqual(faults.left, 0)
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* (yield* PaymentDeliveries).due(yield* DateTime.now, 10), [])
        assert.deepStrictEqual(told, [])
      })
    )
  )

  it.effect("cries out in the end about money that belongs to nothing, and about nothing else", () =>
    withOwner(() =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        const cries: Array<unknown> = []
        const listening = Logger.layer([
          Logger.make(({ logLevel, message }) => {
            if (logLevel === "Error") cries.push(message)
          })
        ])
        yield* Effect.provide(
          Effect.gen(function* () {
            const paid = yield* newPayment()
            yield* receive(yield* payers.pay(paid.id))
            yield* receive(yield* payers.decline((yield* newPayment()).id))
            for (let hour = 0; hour < 10; hour++) {
              yield* TestClock.adjust("1 hour")
              yield* resumeDeliveries()
            }
            assert.lengthOf(cries, 1)
            assert.include(JSON.stringify(cries), paid.id)
          }),
          listening
        )
      })
    )
  )

  it.effect("refuses what is not signed", () =>
    withOwner(() =>
      Effect.gen(function* () {
        const { body } = yield* (yield* PayersInMemory).pay((yield* newPayment()).id)
        const error = yield* Effect.flip(receive({ body, signature: "0".repeat(128) }))
        assert.instanceOf(error, WebhookSignatureInvalid)
        yield* TestClock.adjust("1 day")
        assert.strictEqual(yield* resumeDeliveries(), 0)
      })
    )
  )

  it.effect("refuses a recording where the time of sending is signed, and nothing where it is not", () =>
    withOwner(({ owned }) =>
      Effect.gen(function* () {
        const real = yield* PaymentProvider
        const { id } = yield* newPayment()
        owned.set(id, undefined)
        const sentAt = yield* DateTime.now
        const stamped = PaymentProvider.of({
          ...real,
          verify: (delivery) => Result.map(real.verify(delivery), (event) => ({ ...event, sentAt }))
        })
        const delivery = yield* (yield* PayersInMemory).pay(id)
        yield* TestClock.adjust("301 seconds")
        const late = yield* Effect.flip(Effect.provideService(receive(delivery), PaymentProvider, stamped))
        assert.instanceOf(late, WebhookSignatureInvalid)
        assert.strictEqual(yield* receive(delivery), "ok")
      })
    )
  )

  it.effect("hands refunds to whoever the payment was made for, and waits while nobody owns it", () =>
    withOwner(({ owned, refunds }) =>
      Effect.gen(function* () {
        const real = yield* PaymentProvider
        const payment = yield* newPayment()
        const delivery = yield* (yield* PayersInMemory).pay(payment.id)
        const refund = yield* real.refund("refund:1", {
          paymentId: payment.id,
          amount: payment.amount,
          reason: "asked"
        })
        const telling = PaymentProvider.of({
          ...real,
          verify: (signed) =>
            Result.map(real.verify(signed), (event) => ({ ...event, about: { _tag: "Refund", refund } as const }))
        })
        const work = Effect.provideService(PaymentProvider, telling)
        assert.strictEqual(yield* work(receive(delivery)), "skipped")
        owned.set(payment.id, undefined)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* work(resumeDeliveries()), 1)
        assert.strictEqual(yield* work(receive(delivery)), "skipped")
        assert.deepStrictEqual(refunds, [refund])
      })
    )
  )

  it.effect("opens a case for a dispute, in one transaction with the event that tells of it", () =>
    withOwner(() =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        const payment = yield* newPayment()
        const dispute: Dispute = {
          id: "dp_1",
          paymentId: payment.id,
          stage: "dispute",
          status: "open",
          amount: payment.amount,
          reason: "fraudulent",
          challengeUntil: undefined
        }
        assert.strictEqual(yield* receive(yield* payers.dispute(dispute)), "ok")
        assert.strictEqual(yield* receive(yield* payers.dispute({ ...dispute, status: "lost" })), "ok")
        const cases = yield* (yield* Disputes).ofPayment(payment.id)
        assert.deepStrictEqual(cases, [{ ...dispute, status: "lost" }])
      })
    )
  )

  it.effect("lets what waits wait while no provider is configured", () =>
    withOwner(({ owned }) =>
      Effect.gen(function* () {
        const { id } = yield* newPayment()
        yield* receive(yield* (yield* PayersInMemory).pay(id))
        owned.set(id, undefined)
        yield* TestClock.adjust("1 minute")
        for (let run = 0; run < 12; run++) {
          assert.strictEqual(yield* Effect.provide(resumeDeliveries(), paymentProviderAbsent), 0)
        }
        assert.strictEqual(yield* resumeDeliveries(), 1)
      })
    )
  )

  it.effect("forgets after 90 days, not before", () =>
    withOwner(() =>
      Effect.gen(function* () {
        yield* receive(yield* (yield* PayersInMemory).pay((yield* newPayment()).id))
        yield* TestClock.adjust("90 days")
        assert.strictEqual(yield* forgetDeliveries(), 0)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* forgetDeliveries(), 1)
      })
    )
  )
})

describe("the reconciler of payments", () => {
  it.effect("settles what ended at the provider without its webhook, however many wait", () =>
    withOwner(({ owned }) =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        const payments = yield* Effect.forEach(Array.from({ length: 120 }), () => newPayment())
        for (const { id } of payments) owned.set(id, undefined)
        const [paid, declined, ...waiting] = payments
        assert.isDefined(paid)
        assert.isDefined(declined)
        yield* payers.pay(paid.id)
        yield* payers.decline(declined.id)
        assert.strictEqual(yield* reconcilePayments(), 2)
        assert.strictEqual(owned.get(paid.id)?.status, "succeeded")
        assert.strictEqual(owned.get(declined.id)?.status, "failed")
        assert.isTrue(waiting.every(({ id }) => owned.get(id) === undefined))
        assert.strictEqual(yield* reconcilePayments(), 0)
      })
    )
  )

  it.effect("comes to each in its turn, however many wait that nobody will ever pay", () =>
    withOwner(({ owned }) =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        const payments = yield* Effect.forEach(Array.from({ length: 1010 }), () => newPayment())
        for (const { id } of payments) owned.set(id, undefined)
        const last = payments
          .map(({ id }) => id)
          .toSorted()
          .at(-1)
        assert.isDefined(last)
        yield* payers.pay(last)
        const settled = (yield* reconcilePayments()) + (yield* reconcilePayments())
        assert.strictEqual(settled, 1)
        assert.strictEqual(owned.get(last)?.status, "succeeded")
      })
    )
  )

  it.effect("goes on behind a payment that the provider will not tell of", () =>
    withOwner(({ owned }) =>
      Effect.gen(function* () {
        const [payers, real] = [yield* PayersInMemory, yield* PaymentProvider]
        const payments = yield* Effect.forEach([1, 2, 3, 4, 5], () => newPayment())
        for (const { id } of payments) {
          owned.set(id, undefined)
          yield* payers.pay(id)
        }
        const [mute] = payments.map(({ id }) => id).toSorted()
        const provider = PaymentProvider.of({
          ...real,
          read: (id) => (id === mute ? Effect.fail(new PaymentProviderUnavailable({ retryAfter: 30 })) : real.read(id))
        })
        assert.strictEqual(yield* Effect.provideService(reconcilePayments(), PaymentProvider, provider), 4)
      })
    )
  )

  it.effect("calls off after thirty days what nobody came to pay", () =>
    withOwner(({ owned, asked }) =>
      Effect.gen(function* () {
        const { id } = yield* newPayment()
        owned.set(id, undefined)
        yield* TestClock.adjust("30 days")
        assert.strictEqual(yield* reconcilePayments(), 0)
        asked.clear()
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* reconcilePayments(), 1)
        assert.strictEqual(owned.get(id)?.status, "cancelled")
      })
    )
  )

  it.effect("leaves everything as it is while the provider does not answer", () =>
    withOwner(({ owned, asked }) =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        const { id } = yield* newPayment()
        owned.set(id, undefined)
        yield* payers.pay(id)
        yield* payers.setReachable(false)
        assert.strictEqual(yield* reconcilePayments(), 0)
        assert.isUndefined(owned.get(id))
        yield* payers.setReachable(true)
        asked.clear()
        assert.strictEqual(yield* reconcilePayments(), 1)
      })
    )
  )

  it.effect("goes on behind a payment that resists, or that the provider does not know", () =>
    withOwner(({ owned, asked, faults }) =>
      Effect.gen(function* () {
        const payers = yield* PayersInMemory
        owned.set(PaymentId.make("a_stranger"), undefined)
        const [one, other] = [yield* newPayment(), yield* newPayment()]
        for (const { id } of [one, other]) {
          owned.set(id, undefined)
          yield* payers.pay(id)
        }
        faults.left = 1
        assert.strictEqual(yield* reconcilePayments(), 1)
        asked.clear()
        assert.strictEqual(yield* reconcilePayments(), 1)
      })
    )
  )
})
