import { assert, layer } from "@effect/vitest"
import { type Duration, Effect, type Layer } from "effect"
import { Ids } from "@veza/domain/kernel"
import { type LimitPolicy, RateLimiter } from "@veza/domain/platform"

const newKey = Ids.use((ids) => ids.entity)
/** Ten tokens, one every 100 milliseconds. */
const policy: LimitPolicy = { name: "contract", limit: 10, windowSeconds: 1 }

const takeMany = Effect.fnUntraced(function* (given: LimitPolicy, key: string, times: number) {
  const limiter = yield* RateLimiter
  const verdicts = yield* Effect.all(
    Array.from({ length: times }, () => limiter.take(given, key)),
    { concurrency: "unbounded" }
  )
  return verdicts.filter((verdict) => verdict.allowed).length
})

/**
 * What every limiter does. `pass` lets time go by as the limiter measures it: `TestClock.adjust` where it asks the
 * Clock, a real sleep where it asks somebody else.
 */
export const rateLimiterContract = <E>(
  name: string,
  adapter: Layer.Layer<RateLimiter | Ids, E>,
  pass: (time: Duration.Input) => Effect.Effect<void>
) =>
  layer(adapter)(`RateLimiter: ${name}`, (it) => {
    it.effect("counts down, then refuses and tells when to come back", () =>
      Effect.gen(function* () {
        const limiter = yield* RateLimiter
        const slow: LimitPolicy = { name: "slow", limit: 3, windowSeconds: 300 }
        const key = yield* newKey
        const verdicts = yield* Effect.replicateEffect(limiter.take(slow, key), 4)
        assert.deepStrictEqual(
          verdicts.map(({ allowed, limit, remaining }) => ({ allowed, limit, remaining })),
          [
            { allowed: true, limit: 3, remaining: 2 },
            { allowed: true, limit: 3, remaining: 1 },
            { allowed: true, limit: 3, remaining: 0 },
            { allowed: false, limit: 3, remaining: 0 }
          ]
        )
        assert.strictEqual(verdicts[0]?.retryAfter, 0)
        assert.approximately(verdicts[3]?.retryAfter ?? 0, 100, 1)
        assert.approximately(verdicts[3]?.resetIn ?? 0, 300, 1)
      })
    )

    it.effect("allows exactly the limit to many at once", () =>
      Effect.gen(function* () {
        const slow: LimitPolicy = { name: "slow", limit: 10, windowSeconds: 3600 }
        assert.strictEqual(yield* takeMany(slow, yield* newKey, 50), 10)
      })
    )

    it.effect("counts every key and every limiter for itself", () =>
      Effect.gen(function* () {
        const [key, other] = [yield* newKey, yield* newKey]
        const slow: LimitPolicy = { name: "slow", limit: 1, windowSeconds: 3600 }
        assert.strictEqual(yield* takeMany(slow, key, 5), 1)
        assert.strictEqual(yield* takeMany(slow, other, 5), 1)
        assert.strictEqual(yield* takeMany({ ...slow, name: "another" }, key, 5), 1)
      })
    )

    it.effect("lets no more go at once than the burst, whatever the limit", () =>
      Effect.gen(function* () {
        const bursty: LimitPolicy = { name: "bursty", limit: 100, windowSeconds: 3600, burst: 4 }
        assert.strictEqual(yield* takeMany(bursty, yield* newKey, 20), 4)
      })
    )

    it.effect("fills evenly while time goes by, up to the brim", () =>
      Effect.gen(function* () {
        const key = yield* newKey
        yield* takeMany(policy, key, 20)
        yield* pass("350 millis")
        const some = yield* takeMany(policy, key, 20)
        assert.isAtLeast(some, 3)
        assert.isBelow(some, 10)
        yield* pass("1500 millis")
        assert.strictEqual(yield* takeMany(policy, key, 20), 10)
      })
    )
  })
