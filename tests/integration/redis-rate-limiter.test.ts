import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Logger, Metric, Redacted, Schedule, Scope } from "effect"
import * as fc from "fast-check"
import { RedisClient, redisClient, redisRateLimiter } from "@veza/adapters/redis"
import { type Bucket, RateLimiter, takeToken } from "@veza/domain/platform"
import { type PrivateService, startPrivate } from "../support/services/index.ts"

const sharedUrl = (): string => {
  const url = process.env["REDIS_URL"]
  if (url === undefined) throw new Error("REDIS_URL is not set: run the tests with `pnpm test`.")
  return url
}

const limiterAt = (url: string) => redisRateLimiter.pipe(Layer.provideMerge(redisClient(Redacted.make(url))))
const schedule = Schedule.spaced("20 millis")
/** Milliseconds that only a missing time limit would exceed. */
const bounded = 10_000
const keyOf = (name: string, key: string): string => `veza:rl:${name}:${key}`

describe("the rate limiter in Redis", () => {
  let context: Context.Context<RateLimiter | RedisClient>
  const scope = Scope.makeUnsafe()

  beforeAll(async () => {
    context = await Effect.runPromise(Layer.buildWithScope(limiterAt(sharedUrl()), scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Effect.runSyncExit(Effect.void))))

  const take = (policy: Parameters<typeof takeToken>[0], key: string) =>
    Effect.runPromise(Context.get(context, RateLimiter).take(policy, key))

  it("counts exactly as the domain does, for any limit and rhythm", async () => {
    const policies = fc.record({
      limit: fc.integer({ min: 1, max: 1000 }),
      windowSeconds: fc.constantFrom(0.05, 1, 3, 60, 86_400),
      burst: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined })
    })
    const pauses = fc.array(fc.constantFrom(0, 0, 0, 2, 15), { minLength: 1, maxLength: 12 })
    const redis = Context.get(context, RedisClient)
    await fc.assert(
      fc.asyncProperty(policies, pauses, async (limits, rhythm) => {
        const policy = { name: "parity", ...limits }
        const key = randomUUID()
        let bucket: Bucket | undefined
        for (const pause of rhythm) {
          await new Promise((resolve) => setTimeout(resolve, pause))
          const verdict = await take(policy, key)
          const kept = await redis.hgetall(keyOf(policy.name, key))
          const expected = takeToken(policy, bucket, Number(kept["at"]))
          bucket = expected.bucket
          expect(verdict).toEqual(expected.verdict)
          expect({ drops: Number(kept["drops"]), at: Number(kept["at"]) }).toEqual(expected.bucket)
        }
      }),
      { numRuns: 40 }
    )
  })

  it("allows exactly the limit when all come at once", async () => {
    const policy = { name: "crowd", limit: 50, windowSeconds: 86_400 }
    const key = randomUUID()
    const verdicts = await Promise.all(Array.from({ length: 200 }, () => take(policy, key)))
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(50)
    expect(Math.min(...verdicts.map(({ remaining }) => remaining))).toBe(0)
    expect(verdicts.find(({ allowed }) => !allowed)?.retryAfter).toBeGreaterThan(0)
  })

  it("counts a clock that jumps back as no time at all", async () => {
    const policy = { name: "jump", limit: 10, windowSeconds: 1 }
    const redis = Context.get(context, RedisClient)
    const ahead = Date.now() + 60_000
    await redis.hset(keyOf(policy.name, "key"), { drops: "500", at: String(ahead) })
    expect(await take(policy, "key")).toEqual(takeToken(policy, { drops: 500, at: ahead }, Date.now()).verdict)
    expect(await redis.hget(keyOf(policy.name, "key"), "at")).toBe(String(ahead))
  })

  it("forgets a bucket soon after it is full again, and knows its script after Redis forgot it", async () => {
    const policy = { name: "idle", limit: 10, windowSeconds: 10 }
    const redis = Context.get(context, RedisClient)
    await take(policy, "key")
    const life = await redis.pttl(keyOf(policy.name, "key"))
    expect(life).toBeGreaterThan(1500)
    expect(life).toBeLessThanOrEqual(2000)
    await redis.script("FLUSH")
    expect((await take(policy, "key")).remaining).toBe(8)
  })
})

describe("a Redis that fails", () => {
  let own: PrivateService
  beforeAll(async () => {
    own = await startPrivate("redis")
  })
  afterAll(() => own.dispose())

  const policy = { name: "outage", limit: 5, windowSeconds: 86_400 }
  const fallbacks = Effect.map(Metric.snapshot, (metrics) => {
    const found = metrics.find(({ id }) => id === "veza_rate_limit_fallback_total")
    return found?.type === "Counter" ? Number(found.state.count) : 0
  })

  it.live("is replaced quickly by this process's own count, once logged, and used again afterwards", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      lines.push(`${logLevel}: ${Array.isArray(message) ? String(message[0]) : String(message)}`)
    })
    return Effect.gen(function* () {
      const limiter = yield* RateLimiter
      const take = Effect.timed(limiter.take(policy, "key"))
      expect((yield* take)[1].remaining).toBe(4)

      own.service.pause()
      const counted = yield* fallbacks
      const [took, first] = yield* take
      expect(Duration.toMillis(took)).toBeLessThan(bounded)
      expect(first).toMatchObject({ allowed: true, remaining: 4 })
      const [crowdTook, crowd] = yield* Effect.timed(
        Effect.all(Array.from({ length: 50 }, () => limiter.take(policy, "key")))
      )
      expect(Duration.toMillis(crowdTook)).toBeLessThan(bounded)
      expect(crowd.filter(({ allowed }) => allowed)).toHaveLength(4)
      expect((yield* fallbacks) - counted).toBe(51)

      own.service.resume()
      yield* Effect.repeat(limiter.take(policy, "another"), { until: () => lines.length === 2, schedule })
      // The command that timed out was carried out when Redis went on: it took a token.
      expect((yield* take)[1].remaining).toBe(2)
      expect(lines).toEqual([
        "Warn: Redis does not answer: this process counts rate limits for itself",
        "Info: Redis answers again: rate limits are shared"
      ])
    }).pipe(Effect.provide(limiterAt(own.service.address)), Effect.provide(Logger.layer([logger])))
  })

  it.live("comes back after a crash, empty", () =>
    Effect.gen(function* () {
      const limiter = yield* RateLimiter
      yield* limiter.take(policy, "crash")
      yield* Effect.promise(() => own.service.crash())
      expect((yield* limiter.take(policy, "crash")).allowed).toBe(true)
      yield* Effect.promise(() => own.service.start())
      const redis = yield* RedisClient
      const isShared = Effect.promise(() => redis.exists(keyOf(policy.name, "another")).catch(() => 0))
      yield* Effect.repeat(Effect.andThen(limiter.take(policy, "another"), isShared), {
        until: (kept) => kept === 1,
        schedule
      })
      expect((yield* limiter.take(policy, "crash")).remaining).toBe(4)
      expect(yield* Effect.promise(() => redis.exists(keyOf(policy.name, "crash")))).toBe(1)
    }).pipe(Effect.provide(limiterAt(own.service.address)))
  )

  it.live("does not keep a process from starting or ending", () =>
    Effect.gen(function* () {
      const [took, verdict] = yield* Effect.flatMap(RateLimiter, (limiter) => limiter.take(policy, "absent")).pipe(
        Effect.provide(limiterAt("redis://127.0.0.1:1")),
        Effect.timed
      )
      expect(verdict.remaining).toBe(4)
      expect(Duration.toMillis(took)).toBeLessThan(bounded)
    })
  )
})
