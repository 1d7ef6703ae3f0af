import { assert, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { idsCrypto } from "@veza/adapters/crypto"
import { rateLimiterMemory, rateLimiterOf } from "@veza/adapters/memory"
import { redisClient, redisRateLimiter } from "@veza/adapters/redis"
import { type LimitPolicy, RateLimiter } from "@veza/domain/platform"
import { given } from "../support/given-servers.ts"
import { rateLimiterContract } from "./rate-limiter.contract.ts"

rateLimiterContract("memory", Layer.merge(rateLimiterMemory, idsCrypto), TestClock.adjust)
rateLimiterContract(
  "Redis",
  Layer.merge(redisRateLimiter.pipe(Layer.provide(redisClient(Redacted.make(given("REDIS_URL"))))), idsCrypto),
  // Redis has a clock of its own, which no test moves.
  (time) => Effect.promise(() => new Promise((resolve) => setTimeout(resolve, Duration.toMillis(time))))
)

const slow: LimitPolicy = { name: "slow", limit: 1, windowSeconds: 3600 }
const quick: LimitPolicy = { name: "quick", limit: 1, windowSeconds: 1 }
const isAllowed = (key: string, policy = slow) =>
  Effect.map(
    RateLimiter.use((limiter) => limiter.take(policy, key)),
    (verdict) => verdict.allowed
  )

it.effect("RateLimiter: memory forgets full buckets before those that still hold somebody back", () =>
  Effect.gen(function* () {
    yield* isAllowed("a")
    yield* isAllowed("full by now", quick)
    yield* TestClock.adjust("2 seconds")
    for (const key of ["b", "c"]) yield* isAllowed(key)
    assert.deepStrictEqual(yield* Effect.forEach(["a", "b", "c"], (key) => isAllowed(key)), [false, false, false])
  }).pipe(Effect.provide(rateLimiterOf(3)))
)

it.effect("RateLimiter: memory holds no more buckets than it may, and then forgets the idlest", () =>
  Effect.gen(function* () {
    for (const key of ["a", "b", "c", "a", "d"]) yield* isAllowed(key)
    const allowed = yield* Effect.forEach(["d", "a", "c", "b"], (key) => isAllowed(key))
    assert.deepStrictEqual(allowed, [false, false, false, true])
  }).pipe(Effect.provide(rateLimiterOf(3)))
)
