import { Context, Effect } from "effect"
import { type AccessTokens, authenticate, type Principals, type Refusal, type Sessions } from "@veza/domain/accounts"
import {
  type Actor,
  isContentCreatorRole,
  type Origin,
  Forbidden,
  type TemporarilyUnavailable
} from "@veza/domain/kernel"
import { MaintenanceMode, UnderMaintenance } from "@veza/domain/platform"
import { TrackSettings } from "@veza/domain/tracks"
import { CsrfRefused, MissingCredentials, type RateLimited } from "../contract/errors.ts"
import type { Rules } from "../contract/rules.ts"
import { accessTokenCookie } from "./cookies.ts"
import { Csrf } from "./csrf.ts"
import type { KoaContext } from "./exchange.ts"
import { Limits } from "./limits.ts"

const originOf = (ctx: KoaContext): Origin => ({
  ip: ctx.state.ip,
  userAgent: ctx.get("user-agent").slice(0, 512),
  requestId: ctx.state.requestId
})

const bearerOf = (ctx: KoaContext): string => /^Bearer +([^\s]+)$/iu.exec(ctx.get("authorization"))?.[1] ?? ""

/**
 * Who makes this request (00-conventions, "Authentication of a request"): the cookie if it is not empty, else the Bearer
 * token. Where signing in is optional, a bad token makes an anonymous request; elsewhere it is refused.
 */
const identify = (
  ctx: KoaContext,
  rules: Rules,
  byCookie: string
): Effect.Effect<
  Actor,
  MissingCredentials | Refusal | TemporarilyUnavailable,
  AccessTokens | Principals | Sessions
> => {
  const origin = originOf(ctx)
  const anonymous: Actor = { _tag: "Anonymous", origin }
  if (rules.auth === "P") return Effect.succeed(anonymous)
  const token = byCookie === "" ? bearerOf(ctx) : byCookie
  if (rules.auth === "O") {
    return token === "" ? Effect.succeed(anonymous) : Effect.orElseSucceed(authenticate(token, origin), () => anonymous)
  }
  return token === "" ? Effect.fail(new MissingCredentials()) : authenticate(token, origin)
}

const roleSuffices = Effect.fnUntraced(function* (actor: Actor, rules: Rules) {
  if (actor._tag !== "SignedIn") return
  if (rules.auth === "A" && actor.role !== "admin") {
    return yield* new Forbidden({ reason: "insufficient_permissions" })
  }
  if (rules.auth === "C" && !isContentCreatorRole(actor.role) && !(yield* TrackSettings).bypassCreatorRole) {
    return yield* new Forbidden({ reason: "content_creator_required" })
  }
})

/** Before the body is read: the gate of maintenance and the limits by address (05-decisions, "Middleware"). */
export const admit = (ctx: KoaContext, rules: Rules) =>
  Effect.contextWith(
    (services: Context.Context<MaintenanceMode | Limits>): Effect.Effect<void, UnderMaintenance | RateLimited> =>
      !rules.duringMaintenance && Context.get(services, MaintenanceMode).read().on
        ? Effect.fail(new UnderMaintenance())
        : Context.get(services, Limits).byAddress(ctx, rules.limit)
  )

const protect = Effect.fnUntraced(function* (ctx: KoaContext, rules: Rules, actor: Actor, byCookie: boolean) {
  const sessionId = actor._tag === "SignedIn" ? actor.sessionId : undefined
  if (!(yield* Csrf).allows(ctx, rules.csrf, byCookie, sessionId)) return yield* new CsrfRefused()
})

const limitUser = (ctx: KoaContext, actor: Actor): Effect.Effect<void, RateLimited, Limits> => {
  if (actor._tag !== "SignedIn") return Effect.void
  ctx.state.userId = actor.userId
  return Effect.flatMap(Limits, (limits) => limits.byUser(ctx, actor.userId))
}

/**
 * After the body is read: who calls, their limit, CSRF, role. What a route's rules rule out is left away when the route
 * is made, not looked at on every request.
 */
export const identifyCaller = (rules: Rules) => {
  const judgesRole = rules.auth === "A" || rules.auth === "C"
  return (ctx: KoaContext) => {
    const cookie = accessTokenCookie(ctx)
    return Effect.flatMap(identify(ctx, rules, cookie), (actor) => {
      const limited = limitUser(ctx, actor)
      const guarded =
        rules.csrf === "none" ? limited : Effect.andThen(limited, protect(ctx, rules, actor, cookie !== ""))
      return Effect.as(judgesRole ? Effect.andThen(guarded, roleSuffices(actor, rules)) : guarded, actor)
    })
  }
}
