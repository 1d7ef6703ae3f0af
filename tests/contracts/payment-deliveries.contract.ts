import { assert, layer } from "@effect/vitest"
import { Effect, Exit, type Layer } from "effect"
import { Ids, Transaction } from "@veza/domain/kernel"
import { DeliveryId, type NewDelivery, PaymentDeliveries } from "@veza/domain/payments"
import { at } from "./samples.ts"

const newDelivery = Effect.fnUntraced(function* (given: Partial<NewDelivery> = {}) {
  const id = DeliveryId.make(yield* (yield* Ids).row)
  return {
    id,
    receivedAt: at(0),
    payload: new Uint8Array([0, 255, 10]),
    signature: "abc",
    signatureValid: true,
    eventId: `evt_${id}`,
    eventType: "payment_succeeded",
    ip: "192.0.2.1",
    userAgent: "contract",
    requestId: "r-1",
    result: undefined,
    retryAt: at(60),
    ...given
  } satisfies NewDelivery
})

const recorded = Effect.fnUntraced(function* (given: Partial<NewDelivery> = {}) {
  const delivery: NewDelivery = yield* newDelivery(given)
  yield* (yield* PaymentDeliveries).record(delivery)
  return delivery
})

const taken = (id: DeliveryId) =>
  Effect.flatMap(Transaction, ({ atomically }) => atomically(Effect.flatMap(PaymentDeliveries, ({ take }) => take(id))))

/** What every log of deliveries does. */
export const paymentDeliveriesContract = <E>(
  name: string,
  adapter: Layer.Layer<PaymentDeliveries | Transaction | Ids, E>
) =>
  layer(adapter)(`PaymentDeliveries: ${name}`, (it) => {
    it.effect("gives back byte by byte what it was given, until it is finished", () =>
      Effect.gen(function* () {
        const { finish } = yield* PaymentDeliveries
        const { id } = yield* recorded()
        const open = yield* taken(id)
        assert.deepStrictEqual([...(open?.payload ?? [])], [0, 255, 10])
        assert.deepInclude(open, { id, signature: "abc", attempts: 0 })
        yield* finish(id, { result: "error", at: at(1), retryAt: at(120) })
        assert.strictEqual((yield* taken(id))?.attempts, 1)
        yield* finish(id, { result: "ok", at: at(121), retryAt: undefined })
        assert.isUndefined(yield* taken(id))
      })
    )

    it.effect("knows what is due, the longest waiting first", () =>
      Effect.gen(function* () {
        const { due } = yield* PaymentDeliveries
        const late = yield* recorded({ retryAt: at(-1000) })
        const later = yield* recorded({ retryAt: at(-2000) })
        yield* recorded({ retryAt: at(-999) })
        yield* recorded({ retryAt: undefined, result: "skipped" })
        assert.deepStrictEqual(yield* due(at(-1000), 10), [later.id, late.id])
        assert.deepStrictEqual(yield* due(at(-1000), 1), [later.id])
      })
    )

    it.effect("lets an event be claimed once by many, and again when whoever claimed it did not come through", () =>
      Effect.gen(function* () {
        const { claim } = yield* PaymentDeliveries
        const { atomically } = yield* Transaction
        const eventId = `evt_${yield* (yield* Ids).entity}`
        const broken = yield* Effect.exit(atomically(Effect.andThen(claim(eventId, at(0)), Effect.fail("no"))))
        assert.isTrue(Exit.isFailure(broken))
        const claims = yield* Effect.all(
          Array.from({ length: 8 }, () => atomically(claim(eventId, at(0)))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claims.filter((one) => one).length, 1)
      })
    )

    it.effect("forgets what is old, with the ids of its events", () =>
      Effect.gen(function* () {
        const { claim, forget } = yield* PaymentDeliveries
        const old = yield* recorded({ receivedAt: at(-1_000_000) })
        const kept = yield* recorded()
        yield* claim("evt_old", at(-1_000_000))
        yield* claim("evt_kept", at(0))
        assert.strictEqual(yield* forget(at(-500_000)), 1)
        assert.isUndefined(yield* taken(old.id))
        assert.isDefined(yield* taken(kept.id))
        assert.isTrue(yield* claim("evt_old", at(1)))
        assert.isFalse(yield* claim("evt_kept", at(1)))
      })
    )
  })
