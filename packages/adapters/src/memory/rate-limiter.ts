import { Clock, Effect, Layer } from "effect"
import { Recent } from "@veza/domain/kernel"
import { type Bucket, type LimitPolicy, RateLimiter, takeToken } from "@veza/domain/platform"

interface Entry {
  bucket: Bucket
  /** When the bucket is full again and may be forgotten, in milliseconds. */
  fullAt: number
}

/** At least this part of the entries goes when there is no room, so that making room is rare. */
const share = 100

/** Counts within this process, in at most `capacity` buckets. When there is no room, full buckets go, then the idlest. */
export const rateLimiterOf = (capacity: number) =>
  Layer.sync(RateLimiter, () => {
    const entries = new Recent<Entry>(capacity)

    const makeRoom = (now: number) => {
      const wanted = capacity - Math.max(1, Math.ceil(capacity / share))
      for (const [key, { fullAt }] of entries.oldestFirst()) if (fullAt <= now) entries.delete(key)
      for (const [key] of entries.oldestFirst()) {
        if (entries.size <= wanted) break
        entries.delete(key)
      }
    }
    const take = (policy: LimitPolicy, key: string, now: number) => {
      const id = `${policy.name} ${key}`
      const known = entries.get(id)
      const { bucket, verdict } = takeToken(policy, known?.bucket, now)
      const fullAt = now + verdict.resetIn * 1000
      if (known === undefined) {
        if (entries.size >= capacity) makeRoom(now)
        entries.set(id, { bucket, fullAt })
      } else {
        known.bucket = bucket
        known.fullAt = fullAt
      }
      return verdict
    }
    return RateLimiter.of({
      take: (policy, key) => Effect.map(Clock.currentTimeMillis, (now) => take(policy, key, now)),
      takeNow: (policy, key) => take(policy, key, Date.now())
    })
  })

export const rateLimiterMemory = rateLimiterOf(100_000)
