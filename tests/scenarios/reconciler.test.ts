import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { PayersInMemory } from "@veza/adapters/memory"
import { PaymentProvider, reconcilePayments } from "@veza/domain/payments"
import { Invoices } from "@veza/domain/subscriptions"
import { story, world } from "./story.ts"

const creator = { plan: "creator", cycle: "monthly" } as const

describe("a payment whose webhook got lost", () => {
  it.effect("makes the plan active when the reconciler asks, ten minutes later", () =>
    Effect.gen(function* () {
      const { subscribe, events, right } = yield* story("2026-08-01T00:00:00Z")
      const { payment } = yield* subscribe(creator)
      yield* events()
      assert.isDefined(payment)
      yield* (yield* PayersInMemory).pay(payment.id)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* reconcilePayments(), 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reconcilePayments(), 1)
      assert.deepStrictEqual(yield* events(), ["2026-08-01 INVOICE_PAID 9.99", "2026-08-01 ACTIVATED"])
      assert.strictEqual(yield* right, "creator")
    }).pipe(Effect.provide(world))
  )

  it.effect("and that nobody came to pay is asked about less and less, and called off after thirty days", () =>
    Effect.gen(function* () {
      const { subscribe, until, events } = yield* story("2026-08-01T00:00:00Z")
      const { payment } = yield* subscribe(creator)
      assert.isDefined(payment)
      yield* until("2026-08-03T00:00:00Z")
      yield* events()
      const real = yield* PaymentProvider
      let asked = 0
      const read: typeof real.read = (id) =>
        Effect.andThen(
          Effect.sync(() => asked++),
          real.read(id)
        )
      const reconcile = Effect.provideService(
        reconcilePayments(),
        PaymentProvider,
        PaymentProvider.of({ ...real, read })
      )
      let hours = 0
      for (let settled = 0; settled === 0; hours++) {
        assert.isBelow(hours, 60 * 24)
        yield* TestClock.adjust("1 hour")
        settled = yield* reconcile
      }
      assert.isAtLeast(hours, 28 * 24)
      assert.isBelow(asked, 40)
      const attempt = Option.getOrThrow(yield* (yield* Invoices).attemptOf(payment.id))
      assert.strictEqual(attempt.outcome, "failed")
      assert.deepStrictEqual(yield* events(), [])
    }).pipe(Effect.provide(world))
  )

  it.effect("does not keep its payer from paying: whoever goes on is led to a payment that can be paid", () =>
    Effect.gen(function* () {
      const { subscribe, until, complete, pay, events, right } = yield* story("2026-06-01T00:00:00Z")
      const payers = yield* PayersInMemory
      yield* subscribe({ plan: "premium", cycle: "monthly" })
      yield* until("2026-06-15T12:00:00Z")
      const declined = (yield* complete).payment
      assert.isDefined(declined)
      yield* payers.decline(declined.id)
      const next = (yield* complete).payment
      assert.isDefined(next)
      assert.strictEqual(next.status, "requires_action")
      assert.notStrictEqual(next.id, declined.id)
      yield* events()
      yield* pay(next.id)
      assert.deepStrictEqual(yield* events(), ["2026-06-15 INVOICE_PAID 19.99", "2026-06-15 RENEWED"])
      assert.strictEqual(yield* right, "premium")
    }).pipe(Effect.provide(world))
  )
})
