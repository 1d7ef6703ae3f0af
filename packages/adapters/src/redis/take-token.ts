import { createHash } from "node:crypto"
import type { Redis } from "ioredis"
import { Data, Effect, Schema } from "effect"
import { type LimitPolicy, type LimitVerdict, dropsOf, takeToken } from "@veza/domain/platform"

/** Redis did not answer, or not as expected. */
export class RedisFailed extends Data.TaggedError("RedisFailed")<{ readonly cause: unknown }> {}

const prefix = "veza:rl:"

/**
 * `takeToken` of the domain, atomically and by the clock of Redis. It answers what it found, from which the domain's
 * function derives the same verdict.
 */
const script = `
local per_token, full, per_milli = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call("HMGET", KEYS[1], "drops", "at")
local drops, at = full, now
if found[1] and found[2] then
  at = tonumber(found[2])
  drops = math.min(full, tonumber(found[1]) + math.max(0, now - at) * per_milli)
end
if drops >= per_token then drops = drops - per_token end
redis.call("HSET", KEYS[1], "drops", string.format("%.0f", drops), "at", string.format("%.0f", math.max(now, at)))
redis.call("PEXPIRE", KEYS[1], string.format("%.0f", math.ceil((full - drops) / per_milli) + 1000))
return {found[1] or "", found[2] or "", string.format("%.0f", now)}
`
const digest = createHash("sha1").update(script).digest("hex")

const decode = Schema.decodeUnknownEffect(Schema.Tuple([Schema.String, Schema.String, Schema.FiniteFromString]))

const isUnknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith("NOSCRIPT")

const evaluate = async (client: Redis, args: ReadonlyArray<string | number>): Promise<unknown> => {
  try {
    return await client.evalsha(digest, 1, ...args)
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return await client.eval(script, 1, ...args)
  }
}

/** Takes one token from the bucket kept in Redis. */
export const takeFromRedis = (
  client: Redis,
  policy: LimitPolicy,
  key: string
): Effect.Effect<LimitVerdict, RedisFailed> =>
  Effect.gen(function* () {
    const { perToken, full, perMilli } = dropsOf(policy)
    const args = [`${prefix}${policy.name}:${key}`, perToken, full, perMilli]
    const answer = yield* Effect.tryPromise({
      try: () => evaluate(client, args),
      catch: (cause) => new RedisFailed({ cause })
    })
    const [drops, at, now] = yield* Effect.mapError(decode(answer), (cause) => new RedisFailed({ cause }))
    const bucket = drops === "" || at === "" ? undefined : { drops: Number(drops), at: Number(at) }
    return takeToken(policy, bucket, now).verdict
  })
