import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { AccountErasure, type Users } from "@veza/domain/accounts"
import type { Ids, UserId } from "@veza/domain/kernel"
import { type Mandate, MandateReference, Mandates, PaymentId } from "@veza/domain/payments"
import { addUser, at, newUserId } from "./samples.ts"

const mandate = (userId: UserId, name: string, seconds: number): Mandate => ({
  userId,
  reference: MandateReference.make(`pm_${name}`),
  paymentId: PaymentId.make(`pay_${name}`),
  agreedAt: at(seconds)
})

/** What every store of mandates does. */
export const mandatesContract = <E>(name: string, adapter: Layer.Layer<Mandates | Users | AccountErasure | Ids, E>) =>
  layer(adapter)(`Mandates: ${name}`, (it) => {
    it.effect("keep the one agreed to last, in whatever order they are told of", () =>
      Effect.gen(function* () {
        const mandates = yield* Mandates
        const { id } = yield* addUser()
        assert.isTrue(yield* mandates.remember(mandate(id, "b", 20)))
        assert.isFalse(yield* mandates.remember(mandate(id, "a", 10)))
        assert.isFalse(yield* mandates.remember(mandate(id, "b", 20)))
        assert.deepStrictEqual(yield* mandates.of(id), Option.some(mandate(id, "b", 20)))
        assert.isTrue(yield* mandates.remember(mandate(id, "c", 30)))
        assert.deepStrictEqual(yield* mandates.of(id), Option.some(mandate(id, "c", 30)))
      })
    )

    it.effect("are stored once by many who are told the same at once", () =>
      Effect.gen(function* () {
        const mandates = yield* Mandates
        const { id } = yield* addUser()
        const told = yield* Effect.all(
          Array.from({ length: 10 }, () => mandates.remember(mandate(id, "one", 1))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(told.filter((one) => one).length, 1)
      })
    )

    it.effect("are forgotten with their owner, and kept of nobody who is gone or never was", () =>
      Effect.gen(function* () {
        const mandates = yield* Mandates
        const { id } = yield* addUser()
        yield* mandates.remember(mandate(id, "a", 10))
        yield* mandates.forget(id)
        assert.isTrue(Option.isNone(yield* mandates.of(id)))
        yield* (yield* AccountErasure).anonymise(
          id,
          { username: `deleted-${id}`, email: `deleted-${id}@example.org`, passwordHash: "nothing" },
          at(20)
        )
        assert.isFalse(yield* mandates.remember(mandate(id, "b", 30)))
        assert.isFalse(yield* mandates.remember(mandate(yield* newUserId, "c", 30)))
        assert.isTrue(Option.isNone(yield* mandates.of(id)))
      })
    )
  })
