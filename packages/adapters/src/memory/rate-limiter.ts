import { Clock, Effect, Layer } from "effect"
import { type Bucket, type LimitPolicy, RateLimiter, takeToken } from "@veza/domain/platform"

interface Entry {
  readonly bucket: Bucket
  /** When the bucket is full again and may be forgotten, in milliseconds. */
  readonly fullAt: number
}

/** At least this part of the entries goes when there is no room, so that making room is rare. */
const share = 100

/** Counts within this process, in at most `capacity` buckets. When there is no room, full buckets go, then the idlest. */
export const rateLimiterOf = (capacity: number) =>
  Layer.sync(RateLimiter, () => {
    // In the order of their latest use.
    const entries = new Map<string, Entry>()

    const makeRoom = (now: number) => {
      const wanted = capacity - Math.max(1, Math.ceil(capacity / share))
      for (const [key, { fullAt }] of entries) if (fullAt <= now) entries.delete(key)
      for (const key of entries.keys()) {
        if (entries.size <= wanted) break
        entries.delete(key)
      }
    }
    const take = (policy: LimitPolicy, key: string, now: number) => {
      const id = `${policy.name} ${key}`
      const { bucket, verdict } = takeToken(policy, entries.get(id)?.bucket, now)
      if (!entries.delete(id) && entries.size >= capacity) makeRoom(now)
      entries.set(id, { bucket, fullAt: now + verdict.resetIn * 1000 })
      return verdict
    }
    return RateLimiter.of({
      take: (policy, key) => Effect.map(Clock.currentTimeMillis, (now) => take(policy, key, now)),
      takeNow: (policy, key) => take(policy, key, Date.now())
    })
  })

export const rateLimiterMemory = rateLimiterOf(100_000)
