import { Effect, Layer, Metric } from "effect"
import { type LimitPolicy, RateLimiter } from "@veza/domain/platform"
import { rateLimiterOf } from "../memory/rate-limiter.ts"
import { RedisClient } from "./client.ts"
import { Outage } from "./outage.ts"
import { type RedisFailed, takeFromRedis } from "./take-token.ts"

/** Buckets each process keeps while Redis is away. */
const localCapacity = 10_000

const fallbacks = Metric.counter("veza_rate_limit_fallback_total", {
  description: "Requests counted by this process alone because Redis did not answer.",
  incremental: true
})

const limiter = Effect.gen(function* () {
  const client = yield* RedisClient
  const local = yield* RateLimiter
  const outage = new Outage()

  const takeLocally = (policy: LimitPolicy, key: string) =>
    Effect.andThen(Metric.update(fallbacks, 1), local.take(policy, key))
  const outageBegan = ({ cause }: RedisFailed) =>
    outage.failed(performance.now())
      ? Effect.logWarning("Redis does not answer: this process counts rate limits for itself", { error: String(cause) })
      : Effect.void
  const takeTogether = (policy: LimitPolicy, key: string) =>
    takeFromRedis(client, policy, key).pipe(
      Effect.tap(() =>
        outage.succeeded() ? Effect.logInfo("Redis answers again: rate limits are shared") : Effect.void
      ),
      Effect.catch((error) => Effect.andThen(outageBegan(error), takeLocally(policy, key)))
    )
  return RateLimiter.of({
    take: (policy, key) =>
      Effect.suspend(() => (outage.mayTry(performance.now()) ? takeTogether(policy, key) : takeLocally(policy, key)))
  })
})

/** Counts in Redis, for all processes together; while Redis is away, each process counts for itself. */
export const redisRateLimiter: Layer.Layer<RateLimiter, never, RedisClient> = Layer.effect(RateLimiter, limiter).pipe(
  Layer.provide(rateLimiterOf(localCapacity))
)
