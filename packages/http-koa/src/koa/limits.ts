import { Context, Effect, Layer } from "effect"
import { type LimitPolicy, type LimitVerdict, RateLimiter } from "@veza/domain/platform"
import { RateLimited } from "../contract/errors.ts"
import type { LimitClass } from "../contract/rules.ts"
import type { KoaContext } from "./exchange.ts"

/** The limits of this host (00-conventions, "Rate limits"). */
export class Limits extends Context.Service<
  Limits,
  {
    /** Before anything is known of the caller: by address. */
    readonly byAddress: (ctx: KoaContext, limitClass: LimitClass) => Effect.Effect<void, RateLimited>
    /** Log-in attempts at one account from one address. */
    readonly byAccount: (ctx: KoaContext, account: string) => Effect.Effect<void, RateLimited>
    readonly byUser: (ctx: KoaContext, userId: string) => Effect.Effect<void, RateLimited>
  }
>()("@veza/http-koa/Limits") {}

export interface LimitSettings {
  readonly disabled: boolean
  readonly global: LimitPolicy
  readonly media: LimitPolicy
  readonly register: LimitPolicy
  readonly login: LimitPolicy
  readonly user: LimitPolicy
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
      const take = (ctx: KoaContext, policy: LimitPolicy, key: string) =>
        Effect.flatMap(limiter.take(policy, key), (verdict) => apply(ctx, verdict))
      if (settings.disabled)
        return Limits.of({ byAddress: () => Effect.void, byAccount: () => Effect.void, byUser: () => Effect.void })
      return Limits.of({
        byAddress: (ctx, limitClass) => {
          if (limitClass === "none") return Effect.void
          const general = take(ctx, limitClass === "media" ? settings.media : settings.global, ctx.state.ip)
          return limitClass === "register"
            ? Effect.andThen(general, take(ctx, settings.register, ctx.state.ip))
            : general
        },
        byAccount: (ctx, account) =>
          take(ctx, settings.login, `${ctx.state.ip} ${account.toLowerCase().slice(0, 254)}`),
        byUser: (ctx, userId) => take(ctx, settings.user, userId)
      })
    })
  )

/** Says what the limiters think, on every answer (05-decisions, "Limits"). */
export const setLimitHeaders = (ctx: KoaContext): void => {
  const verdict = ctx.state.limit
  const { res } = ctx
  if (verdict === undefined || res.headersSent) return
  res.setHeader("X-RateLimit-Limit", String(verdict.limit))
  res.setHeader("X-RateLimit-Remaining", String(verdict.remaining))
  res.setHeader("X-RateLimit-Reset", String(Math.ceil(Date.now() / 1000) + verdict.resetIn))
}
