import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { SecondFactors, Sessions, type Users } from "@veza/domain/accounts"
import type { Ids, UserId } from "@veza/domain/kernel"
import { addSession, addUser, at } from "./samples.ts"

const first = new Uint8Array([1, 2, 3])
const second = new Uint8Array([4, 5, 6])
const codes = [new Uint8Array([7]), new Uint8Array([8])] as const

const many = <E, R>(work: Effect.Effect<boolean, E, R>) =>
  Effect.map(
    Effect.all(
      Array.from({ length: 20 }, () => work),
      { concurrency: "unbounded" }
    ),
    (won) => won.filter((one) => one).length
  )
const addEnabled = Effect.fnUntraced(function* (step = 100) {
  const { id } = yield* addUser()
  const factors = yield* SecondFactors
  yield* factors.propose(id, first, at(0))
  assert.isTrue(yield* factors.enable(id, first, step, at(1)))
  yield* factors.replaceBackupCodes(id, codes)
  return id
})
const found = (id: UserId) => SecondFactors.use((factors) => factors.of(id))

/** What every store of second factors does. */
export const secondFactorsContract = <E>(
  name: string,
  adapter: Layer.Layer<SecondFactors | Sessions | Users | Ids, E>
) =>
  layer(adapter)(`SecondFactors: ${name}`, (it) => {
    it.effect("keeps the latest proposal, which is not enabled", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        const factors = yield* SecondFactors
        assert.isTrue(Option.isNone(yield* found(id)))
        assert.isTrue(yield* factors.propose(id, first, at(0)))
        assert.isTrue(yield* factors.propose(id, second, at(1)))
        const factor = Option.getOrThrow(yield* found(id))
        assert.deepStrictEqual([Array.from(factor.secret), factor.isEnabled], [[4, 5, 6], false])
        assert.isFalse(yield* factors.useStep(id, 5))
      })
    )

    it.effect("enables the secret that was proposed last, once, however many try", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        const factors = yield* SecondFactors
        yield* factors.propose(id, first, at(0))
        yield* factors.propose(id, second, at(0))
        assert.isFalse(yield* factors.enable(id, first, 100, at(1)))
        assert.strictEqual(yield* many(factors.enable(id, second, 100, at(1))), 1)
        assert.isTrue(Option.getOrThrow(yield* found(id)).isEnabled)
        assert.isFalse(yield* factors.propose(id, first, at(2)))
        assert.deepStrictEqual(Array.from(Option.getOrThrow(yield* found(id)).secret), [4, 5, 6])
      })
    )

    it.effect("uses a step once, however many try, and none before it", () =>
      Effect.gen(function* () {
        const id = yield* addEnabled(100)
        const { useStep } = yield* SecondFactors
        assert.isFalse(yield* useStep(id, 100))
        assert.strictEqual(yield* many(useStep(id, 102)), 1)
        assert.isFalse(yield* useStep(id, 101))
        assert.isTrue(yield* useStep(id, 103))
      })
    )

    it.effect("uses a backup code once, however many try, and only its owner's", () =>
      Effect.gen(function* () {
        const [id, other] = [yield* addEnabled(), yield* addUser()]
        const { useBackupCode } = yield* SecondFactors
        assert.isFalse(yield* useBackupCode(other.id, codes[0], at(2)))
        assert.isFalse(yield* useBackupCode(id, new Uint8Array([9]), at(2)))
        assert.strictEqual(yield* many(useBackupCode(id, codes[0], at(2))), 1)
        assert.isTrue(yield* useBackupCode(id, codes[1], at(3)))
      })
    )

    it.effect("replaces every backup code, used and unused", () =>
      Effect.gen(function* () {
        const id = yield* addEnabled()
        const factors = yield* SecondFactors
        yield* factors.useBackupCode(id, codes[0], at(2))
        yield* factors.replaceBackupCodes(id, [codes[0]])
        assert.isFalse(yield* factors.useBackupCode(id, codes[1], at(3)))
        assert.isTrue(yield* factors.useBackupCode(id, codes[0], at(3)))
      })
    )

    it.effect("goes with its codes, and no session of the account has passed it any more", () =>
      Effect.gen(function* () {
        const [id, other] = [yield* addEnabled(), yield* addEnabled()]
        const factors = yield* SecondFactors
        yield* addSession(id, { secondFactorAt: at(0) })
        yield* addSession(other, { secondFactorAt: at(0) })
        assert.strictEqual(yield* many(factors.remove(id)), 1)
        assert.isTrue(Option.isNone(yield* found(id)))
        assert.isFalse(yield* factors.useBackupCode(id, codes[0], at(2)))
        const { living } = yield* Sessions
        assert.deepStrictEqual(
          (yield* living(id, at(1))).map(({ secondFactorAt }) => secondFactorAt),
          [null]
        )
        assert.deepStrictEqual(
          (yield* living(other, at(1))).map(({ secondFactorAt }) => secondFactorAt),
          [at(0)]
        )
      })
    )
  })
