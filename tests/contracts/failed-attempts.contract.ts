import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { FailedAttempts } from "@veza/domain/accounts"
import { Secrets } from "@veza/domain/kernel"
import { at } from "./samples.ts"

const newKey = Effect.map(
  Secrets.use((secrets) => secrets.issue),
  ({ digest }) => digest
)
const failures = (count: number, seconds = count) => ({ count, lastAt: at(seconds) })

/** What every store of failed attempts does. */
export const failedAttemptsContract = <E>(name: string, adapter: Layer.Layer<FailedAttempts | Secrets, E>) =>
  layer(adapter)(`FailedAttempts: ${name}`, (it) => {
    it.effect("keeps what is written over what was seen, and nothing else", () =>
      Effect.gen(function* () {
        const key = yield* newKey
        const attempts = yield* FailedAttempts
        assert.isTrue(Option.isNone(yield* attempts.of(key)))
        assert.isFalse(yield* attempts.replace(key, failures(1), failures(2)))
        assert.isTrue(yield* attempts.replace(key, undefined, failures(1)))
        assert.isFalse(yield* attempts.replace(key, undefined, failures(1)))
        assert.isFalse(yield* attempts.replace(key, failures(1, 7), failures(2)))
        assert.isTrue(yield* attempts.replace(key, failures(1), failures(2)))
        assert.deepStrictEqual(yield* attempts.of(key), Option.some(failures(2)))
      })
    )

    it.effect("lets one of many at once write over what all of them saw", () =>
      Effect.gen(function* () {
        const key = yield* newKey
        const attempts = yield* FailedAttempts
        const race = (seen: ReturnType<typeof failures> | undefined, next: number) =>
          Effect.map(
            Effect.all(
              Array.from({ length: 20 }, () => attempts.replace(key, seen, failures(next))),
              { concurrency: "unbounded" }
            ),
            (won) => won.filter((one) => one).length
          )
        assert.strictEqual(yield* race(undefined, 1), 1)
        assert.strictEqual(yield* race(failures(1), 2), 1)
      })
    )

    it.effect("clears one key, and forgets what is long ago", () =>
      Effect.gen(function* () {
        const [cleared, old, young] = [yield* newKey, yield* newKey, yield* newKey]
        const attempts = yield* FailedAttempts
        for (const key of [cleared, old]) yield* attempts.replace(key, undefined, failures(1, 10))
        yield* attempts.replace(young, undefined, failures(1, 100))
        yield* attempts.clear(cleared)
        assert.isTrue(Option.isNone(yield* attempts.of(cleared)))
        assert.isAtLeast(yield* attempts.forget(at(50)), 1)
        assert.isTrue(Option.isNone(yield* attempts.of(old)))
        assert.isTrue(Option.isSome(yield* attempts.of(young)))
      })
    )
  })
