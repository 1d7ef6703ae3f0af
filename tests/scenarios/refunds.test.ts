import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { Transaction } from "@veza/domain/kernel"
import {
  type NewRefund,
  PaymentProvider,
  type Refund,
  RefundId,
  type RefundKey,
  settleRefund
} from "@veza/domain/payments"
import { invoiceSettler, Invoices, refundPayments } from "@veza/domain/subscriptions"
import { story, world } from "./story.ts"

const creator = { plan: "creator", cycle: "monthly" } as const

/** Somebody's payment for what had expired: it is to go back. */
const owed = Effect.gen(function* () {
  const { subscribe, pay, until, events } = yield* story("2026-08-01T00:00:00Z")
  const id = Option.getOrThrow(Option.fromNullishOr((yield* subscribe(creator)).payment?.id))
  yield* until("2026-08-02T12:00:00Z")
  yield* pay(id)
  yield* events()
  return { id, events }
})

/** One look of the worker at a provider that answers refunds so; the keys that it was asked with. */
const look = Effect.fnUntraced(function* (answer: (wanted: NewRefund) => Refund) {
  const keys: Array<RefundKey> = []
  const provider = PaymentProvider.of({
    ...(yield* PaymentProvider),
    refund: (key, wanted) =>
      Effect.sync(() => {
        keys.push(key)
        return answer(wanted)
      })
  })
  yield* Effect.provideService(refundPayments(), PaymentProvider, provider)
  return keys
})
const answered =
  (status: Refund["status"]) =>
  ({ paymentId, amount }: NewRefund): Refund => ({
    id: RefundId.make("ref_1"),
    paymentId,
    status,
    amount,
    failure: status === "failed" ? { code: "no_balance", message: "Nothing to pay it from." } : undefined
  })

describe("a refund", () => {
  it.effect("that failed is asked for once a day, each time as another, until one is made", () =>
    Effect.gen(function* () {
      const { id, events } = yield* owed
      assert.deepStrictEqual(yield* look(answered("failed")), [`refund:${id}`])
      yield* TestClock.adjust("23 hours")
      assert.deepStrictEqual(yield* look(answered("failed")), [])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* look(answered("failed")), [`refund:${id}:2`])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(yield* look(answered("processing")), [`refund:${id}:3`])
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(yield* look(answered("succeeded")), [`refund:${id}:3`])
      assert.deepStrictEqual(yield* events(), ["2026-08-04 PAYMENT_REFUNDED 9.99"])
      yield* TestClock.adjust("2 days")
      assert.deepStrictEqual(yield* look(answered("succeeded")), [])
    }).pipe(Effect.provide(world))
  )

  it.effect("of a part, made by hand, leaves the rest to be given back", () =>
    Effect.gen(function* () {
      const { id, events } = yield* owed
      const invoices = yield* Invoices
      const { invoiceId } = Option.getOrThrow(yield* invoices.attemptOf(id))
      const { totalMinor, currency } = Option.getOrThrow(yield* invoices.byId(invoiceId))
      const settler = yield* invoiceSettler
      const part = { id: RefundId.make("by_hand"), paymentId: id, status: "succeeded", failure: undefined } as const
      const settled = (amount_minor: number) => settler.settleRefund({ ...part, amount: { amount_minor, currency } })
      assert.strictEqual(yield* settled(totalMinor - 1), "unchanged")
      assert.deepStrictEqual(yield* events(), [])
      assert.strictEqual(yield* settled(totalMinor), "settled")
      assert.strictEqual(yield* settled(totalMinor), "unchanged")
    }).pipe(Effect.provide(world))
  )

  it.effect("of a part is taken for no more than that", () =>
    Effect.gen(function* () {
      const { atomically } = yield* Transaction
      const { subscribe, cancel, pay, workers, events, books } = yield* story("2026-08-01T00:00:00Z")
      const { payment } = yield* subscribe(creator)
      if (payment === undefined) return assert.fail("nothing to pay")
      yield* cancel
      yield* pay(payment.id)
      yield* events()
      const part = { id: RefundId.make("ref_part"), paymentId: payment.id, status: "succeeded" } as const
      yield* atomically(settleRefund({ ...part, amount: { ...payment.amount, amount_minor: 1 }, failure: undefined }))
      assert.deepStrictEqual(yield* events(), [])
      yield* workers
      assert.deepStrictEqual(yield* events(), ["2026-08-01 PAYMENT_REFUNDED 9.99"])
      assert.deepStrictEqual(yield* books, { kept: 0, back: 999, paid: 999 })
    }).pipe(Effect.provide(world))
  )

  it.effect("of what was kept, made by hand at the provider, is noted and mailed once, and takes no right away", () =>
    Effect.gen(function* () {
      const [{ refund }, { atomically }] = [yield* PaymentProvider, yield* Transaction]
      const { subscribe, pay, events, books, mails, right } = yield* story("2026-08-01T00:00:00Z")
      const { payment } = yield* subscribe(creator)
      if (payment === undefined) return assert.fail("nothing to pay")
      const { id: paymentId, amount } = payment
      const unpaid = { id: RefundId.make("ref_early"), paymentId, status: "succeeded", amount } as const
      yield* atomically(settleRefund({ ...unpaid, failure: undefined }))
      yield* pay(paymentId)
      yield* events()
      const before = (yield* mails()).length
      const byHand = yield* refund("refund:by-hand", { paymentId, amount, reason: "goodwill" })
      yield* Effect.all(
        [1, 2, 3].map(() => atomically(settleRefund(byHand))),
        { concurrency: 3 }
      )
      assert.deepStrictEqual(yield* events(), ["2026-08-01 PAYMENT_REFUNDED 9.99"])
      assert.deepStrictEqual((yield* mails()).slice(before), ["refunded"])
      assert.deepStrictEqual(yield* books, { kept: 0, back: 999, paid: 999 })
      assert.strictEqual(yield* right, "creator")
    }).pipe(Effect.provide(world))
  )
})
