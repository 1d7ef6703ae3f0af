import { Context, Effect, Layer } from "effect"
import { type LimitPolicy, type LimitVerdict, RateLimiter } from "@veza/domain/platform"
import { networkOf } from "@veza/domain/kernel"
import { RateLimited } from "../contract/errors.ts"
import type { LimitClass } from "../contract/rules.ts"
import type { KoaContext } from "./exchange.ts"
import { isRead } from "./key-scopes.ts"

/**
 * The limits of this host (00-conventions, "Rate limits"). Where counting needs no waiting it happens at the call, so
 * each answer is for one use.
 */
export class Limits extends Context.Service<
  Limits,
  {
    /** Before anything is known of the caller: by address. */
    readonly byAddress: (ctx: KoaContext, limitClass: LimitClass) => Effect.Effect<void, RateLimited>
    /** Log-in attempts at one account from one address. */
    readonly byAccount: (ctx: KoaContext, account: string) => Effect.Effect<void, RateLimited>
    readonly byUser: (ctx: KoaContext, userId: string) => Effect.Effect<void, RateLimited>
    /** Reads and writes of a developer's key, counted apart. */
    readonly byKey: (ctx: KoaContext, keyId: string) => Effect.Effect<void, RateLimited>
  }
>()("@veza/http-koa/Limits") {}

export interface LimitSettings {
  readonly disabled: boolean
  readonly global: LimitPolicy
  readonly media: LimitPolicy
  readonly register: LimitPolicy
  readonly notice: LimitPolicy
  readonly login: LimitPolicy
  readonly user: LimitPolicy
  readonly keyReads: LimitPolicy
  readonly keyWrites: LimitPolicy
}

const apply = (ctx: KoaContext, verdict: LimitVerdict): Effect.Effect<void, RateLimited> => {
  const shown = ctx.state.limit
  if (shown === undefined || verdict.remaining < shown.remaining || !verdict.allowed) ctx.state.limit = verdict
  return verdict.allowed ? Effect.void : Effect.fail(new RateLimited({ retryAfter: verdict.retryAfter }))
}

export const limits = (settings: LimitSettings) =>
  Layer.effect(
    Limits,
    Effect.map(RateLimiter, (limiter) => {
      const takeNow = limiter.takeNow
      const take = (ctx: KoaContext, policy: LimitPolicy, key: string) =>
        takeNow === undefined
          ? Effect.flatMap(limiter.take(policy, key), (verdict) => apply(ctx, verdict))
          : apply(ctx, takeNow(policy, key))
      if (settings.disabled)
        return Limits.of({
          byAddress: () => Effect.void,
          byAccount: () => Effect.void,
          byUser: () => Effect.void,
          byKey: () => Effect.void
        })
      return Limits.of({
        byAddress: (ctx, limitClass) => {
          if (limitClass === "none") return Effect.void
          const isMedia = limitClass === "media" || limitClass === "transfer"
          const general = take(ctx, isMedia ? settings.media : settings.global, networkOf(ctx.state.ip))
          return limitClass === "register" || limitClass === "notice"
            ? Effect.flatMapEager(general, () => take(ctx, settings[limitClass], networkOf(ctx.state.ip)))
            : general
        },
        byAccount: (ctx, account) =>
          take(ctx, settings.login, `${networkOf(ctx.state.ip)} ${account.toLowerCase().slice(0, 254)}`),
        byUser: (ctx, userId) => take(ctx, settings.user, userId),
        byKey: (ctx, keyId) => take(ctx, isRead(ctx.method) ? settings.keyReads : settings.keyWrites, keyId)
      })
    })
  )

/** What the limiters think, as headers: names and values in turns (05-decisions, "Limits"). */
export const limitHeaders = (ctx: KoaContext): ReadonlyArray<string> => {
  const verdict = ctx.state.limit
  if (verdict === undefined) return []
  return [
    "X-RateLimit-Limit",
    String(verdict.limit),
    "X-RateLimit-Remaining",
    String(verdict.remaining),
    "X-RateLimit-Reset",
    String(Math.ceil(Date.now() / 1000) + verdict.resetIn)
  ]
}
