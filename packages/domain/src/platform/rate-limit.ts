import { Context, type Effect } from "effect"

/** A limiter as declared: a bucket of `limit` tokens, a whole number, that fills evenly within `windowSeconds`. */
export interface LimitPolicy {
  readonly name: string
  readonly limit: number
  /** Seconds, in whole milliseconds. */
  readonly windowSeconds: number
  /** Tokens that may be spent at once, a whole number; the whole limit when absent. */
  readonly burst?: number | undefined
}

export interface LimitVerdict {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Seconds until the bucket is full again. */
  readonly resetIn: number
  /** Whole seconds until one token is there; 0 when allowed. */
  readonly retryAfter: number
}

/**
 * What is left in a bucket, in drops, and when it was counted, in milliseconds. A token is as many drops as the window
 * has milliseconds, and each millisecond brings `limit` of them: so all amounts are whole numbers, and a token is there
 * at the very millisecond that was promised. Sums of fractions fall short of it by the last digit.
 */
export interface Bucket {
  readonly drops: number
  readonly at: number
}

/** Drops of a policy: of one token, of a full bucket, and of each millisecond. */
export const dropsOf = (policy: LimitPolicy) => {
  const perToken = Math.round(policy.windowSeconds * 1000)
  return { perToken, full: (policy.burst ?? policy.limit) * perToken, perMilli: policy.limit }
}

/** Takes one token at `now` (05-decisions, "Limits"). A clock that jumps back fills nothing and takes nothing away. */
export const takeToken = (
  policy: LimitPolicy,
  bucket: Bucket | undefined,
  now: number
): { readonly bucket: Bucket; readonly verdict: LimitVerdict } => {
  const { perToken, full, perMilli } = dropsOf(policy)
  const elapsed = bucket === undefined ? 0 : Math.max(0, now - bucket.at)
  const filled = bucket === undefined ? full : Math.min(full, bucket.drops + elapsed * perMilli)
  const allowed = filled >= perToken
  const drops = allowed ? filled - perToken : filled
  const secondsFor = (missing: number) => Math.ceil(missing / (perMilli * 1000))
  return {
    bucket: { drops, at: bucket === undefined ? now : Math.max(now, bucket.at) },
    verdict: {
      allowed,
      limit: policy.limit,
      remaining: Math.floor(drops / perToken),
      resetIn: secondsFor(full - drops),
      retryAfter: allowed ? 0 : secondsFor(perToken - drops)
    }
  }
}

/** Counts requests against limits. Without Redis each process counts for itself. */
export class RateLimiter extends Context.Service<
  RateLimiter,
  {
    readonly take: (policy: LimitPolicy, key: string) => Effect.Effect<LimitVerdict>
    /** The same at the call, without waiting: absent where the count is shared with other processes. */
    readonly takeNow?: ((policy: LimitPolicy, key: string) => LimitVerdict) | undefined
  }
>()("@veza/domain/platform/RateLimiter") {}
