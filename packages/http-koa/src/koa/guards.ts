import { Context, Effect } from "effect"
import {
  AccessTokens,
  claimsToBeApiKey,
  type InvalidApiKey,
  isGpcSignal,
  type KeyPrincipals,
  type KeyUsage,
  knownSession,
  Principals,
  recognise,
  type Refusal,
  type Sessions
} from "@veza/domain/accounts"
import {
  type Actor,
  type Forbidden,
  InsufficientScope,
  lacking,
  type Origin,
  type Permission,
  permits,
  SecondFactorRequired,
  type Secrets,
  type TemporarilyUnavailable
} from "@veza/domain/kernel"
import { MaintenanceMode, UnderMaintenance } from "@veza/domain/platform"
import { TrackSettings } from "@veza/domain/tracks"
import { CsrfRefused, MissingCredentials, type RateLimited } from "../contract/errors.ts"
import type { Auth, Rules } from "../contract/rules.ts"
import { accessTokenCookie } from "./cookies.ts"
import { Csrf } from "./csrf.ts"
import type { KoaContext } from "./exchange.ts"
import { scopesReach } from "./key-scopes.ts"
import { Limits } from "./limits.ts"

const originOf = (ctx: KoaContext): Origin => {
  const { ip, requestId } = ctx.state
  const userAgent = ctx.req.headers["user-agent"]?.slice(0, 512) ?? ""
  const signal = ctx.req.headers["sec-gpc"]
  return typeof signal === "string" && isGpcSignal(signal)
    ? { ip, userAgent, requestId, globalPrivacyControl: true }
    : { ip, userAgent, requestId }
}

const bearerOf = (ctx: KoaContext): string => {
  const { authorization } = ctx.req.headers
  return authorization === undefined ? "" : (/^Bearer +([^\s]+)$/iu.exec(authorization)?.[1] ?? "")
}

type Unidentified = MissingCredentials | Refusal | InvalidApiKey | TemporarilyUnavailable
type Refused = Unidentified | RateLimited | CsrfRefused | InsufficientScope | Forbidden | SecondFactorRequired
type Authentication = AccessTokens | Principals | Sessions | Secrets | KeyPrincipals | KeyUsage

/** What a role must allow before somebody may knock, by the letter of a route. */
const doors: { readonly [Letter in Auth]?: Permission } = {
  A: "platform.administrate",
  C: "content.publish",
  M: "content.moderate"
}

export interface Guards {
  /** Before the body is read: the gate of maintenance and the limits by address (05-decisions, "Middleware"). */
  readonly admit: (ctx: KoaContext, rules: Rules) => Effect.Effect<void, UnderMaintenance | RateLimited>
  /** After the body is read: who calls, their limit, CSRF, the scope and limit of a key, role. */
  readonly identify: (ctx: KoaContext, rules: Rules, inPerson: boolean) => Effect.Effect<Actor, Refused, Authentication>
}

/**
 * The guards before every handler, over the services they ask. In the usual case each of them knows at once: they are
 * joined eagerly, so that a request which waits for nothing passes them without a fiber.
 */
export const makeGuards = (
  services: Context.Context<Limits | MaintenanceMode | Csrf | TrackSettings | AccessTokens | Principals>
): Guards => {
  const limits = Context.get(services, Limits)
  const maintenance = Context.get(services, MaintenanceMode)
  const csrf = Context.get(services, Csrf)
  const { bypassCreatorRole } = Context.get(services, TrackSettings)
  const tokens = Context.get(services, AccessTokens)
  const principals = Context.get(services, Principals)

  /**
   * Who makes this request (00-conventions, "Authentication of a request"): the cookie if it is not empty, else the
   * Bearer token, else a developer's key. Where signing in is optional, bad credentials make an anonymous request;
   * elsewhere they are refused.
   */
  const whoCalls = (
    ctx: KoaContext,
    rules: Rules,
    byCookie: string
  ): Effect.Effect<Actor, Unidentified, Authentication> => {
    const origin = originOf(ctx)
    const anonymous: Actor = { _tag: "Anonymous", origin }
    if (rules.auth === "P") return Effect.succeed(anonymous)
    const token = byCookie === "" ? bearerOf(ctx) : byCookie
    const known = claimsToBeApiKey(token) ? undefined : knownSession(tokens, principals, token, origin, Date.now())
    if (known !== undefined) return Effect.succeed(known)
    const apiKey = ctx.req.headers["x-api-key"]
    const recognised = recognise({ token, apiKey: typeof apiKey === "string" ? apiKey : "" }, origin)
    if (rules.auth === "O") {
      return recognised === undefined ? Effect.succeed(anonymous) : Effect.orElseSucceed(recognised, () => anonymous)
    }
    return recognised ?? Effect.fail(new MissingCredentials())
  }

  const limitUser = (ctx: KoaContext, rules: Rules, actor: Actor): Effect.Effect<void, RateLimited> => {
    if (actor._tag !== "SignedIn") return Effect.void
    ctx.state.caller = actor
    return rules.limit === "transfer" ? Effect.void : limits.byUser(ctx, actor.userId)
  }

  const passesCsrf = (ctx: KoaContext, rules: Rules, actor: Actor, byCookie: boolean): boolean => {
    if (rules.csrf === "none") return true
    const sessionId = actor._tag === "SignedIn" && actor.by === "session" ? actor.sessionId : undefined
    return csrf.allows(ctx, rules.csrf, byCookie, sessionId)
  }

  /**
   * What a key may reach and how often: never the security of an account nor moderation, administration only with the
   * scope `admin`, otherwise what its scopes say (05-decisions, "Scopes"; 00-conventions, "Rate limits").
   */
  const admitKey = (
    ctx: KoaContext,
    rules: Rules,
    actor: Actor,
    inPerson: boolean
  ): Effect.Effect<void, InsufficientScope | RateLimited> => {
    if (actor._tag === "Anonymous" || actor.by === "session") return Effect.void
    const reaches = rules.auth === "A" ? actor.scopes.includes("admin") : scopesReach(actor.scopes, ctx.method)
    if (inPerson || rules.auth === "M" || !reaches) return Effect.fail(new InsufficientScope())
    return rules.limit === "transfer" ? Effect.void : limits.byKey(ctx, actor.keyId)
  }

  const roleFault = (actor: Actor, rules: Rules): Forbidden | SecondFactorRequired | undefined => {
    if (actor._tag !== "SignedIn") return undefined
    const door = doors[rules.auth]
    const isOpen = door === undefined || permits(actor.role, door) || (rules.auth === "C" && bypassCreatorRole)
    if (!isOpen) return lacking(door)
    const hasFactor = actor.by === "session" && actor.secondFactorAt !== null
    return rules.auth === "M" && !hasFactor ? new SecondFactorRequired() : undefined
  }

  return {
    admit: (ctx, rules) =>
      !rules.duringMaintenance && maintenance.read().on
        ? Effect.fail(new UnderMaintenance())
        : limits.byAddress(ctx, rules.limit),
    identify: (ctx, rules, inPerson) => {
      const cookie = accessTokenCookie(ctx)
      return Effect.flatMapEager(whoCalls(ctx, rules, cookie), (actor) =>
        Effect.flatMapEager(limitUser(ctx, rules, actor), (): Effect.Effect<Actor, Refused> => {
          if (!passesCsrf(ctx, rules, actor, cookie !== "")) return Effect.fail(new CsrfRefused())
          return Effect.flatMapEager(
            admitKey(ctx, rules, actor, inPerson),
            (): Effect.Effect<Actor, Forbidden | SecondFactorRequired> => {
              const fault = roleFault(actor, rules)
              return fault === undefined ? Effect.succeed(actor) : Effect.fail(fault)
            }
          )
        })
      )
    }
  }
}
