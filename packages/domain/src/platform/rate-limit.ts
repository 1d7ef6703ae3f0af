import { Context, type Effect } from "effect"

/** A limiter as declared: a bucket of `limit` tokens that fills evenly within `windowSeconds`. */
export interface LimitPolicy {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  /** Tokens that may be spent at once; the whole limit when absent. */
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

/** Tokens left and when they were counted, in milliseconds. */
export interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** Takes one token at `now` (05-decisions, "Limits"). A clock that jumps back fills nothing and takes nothing away. */
export const takeToken = (
  policy: LimitPolicy,
  bucket: Bucket | undefined,
  now: number
): { readonly bucket: Bucket; readonly verdict: LimitVerdict } => {
  const capacity = policy.burst ?? policy.limit
  const perMilli = policy.limit / (policy.windowSeconds * 1000)
  const elapsed = bucket === undefined ? 0 : Math.max(0, now - bucket.at)
  const filled = bucket === undefined ? capacity : Math.min(capacity, bucket.tokens + elapsed * perMilli)
  const allowed = filled >= 1
  const tokens = allowed ? filled - 1 : filled
  return {
    bucket: { tokens, at: bucket === undefined ? now : Math.max(now, bucket.at) },
    verdict: {
      allowed,
      limit: policy.limit,
      remaining: Math.floor(tokens),
      resetIn: Math.ceil((capacity - tokens) / perMilli / 1000),
      retryAfter: allowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / perMilli / 1000))
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
