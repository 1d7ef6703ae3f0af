import { DateTime, Effect } from "effect"
import type { InSession, Origin } from "../kernel/index.ts"
import { InvalidToken, SessionExpired, SessionUserMismatch, TokenRevoked } from "./errors.ts"
import { type AccessClaims, AccessTokens, type Principal, Principals, Sessions } from "./ports.ts"
import { sessionDays } from "./settings.ts"

export type Refusal = InvalidToken | TokenRevoked | SessionExpired | SessionUserMismatch

/**
 * Judges verified claims against the record of the moment (00-conventions, "Authentication of a request", 4). The order
 * matters: a session that is gone says so before the version of the token is looked at.
 */
export const judge = (
  claims: AccessClaims,
  principal: Principal | undefined,
  nowMillis: number
): Refusal | undefined => {
  if (principal === undefined || principal.sessionEndsAt <= nowMillis) return new SessionExpired()
  if (principal.sessionUserId !== claims.sub) return new SessionUserMismatch()
  if (!principal.isAdmitted || principal.tokenVersion !== claims.token_version) return new TokenRevoked()
  return undefined
}

/** The new end of a session in its last quarter, in milliseconds; undefined while it has more left (00-conventions, 5). */
export const slideTo = (principal: Principal, nowMillis: number): number | undefined => {
  const lifetime = (principal.sessionLifetime || sessionDays.remembered * 86_400) * 1000
  if (principal.sessionEndsAt - nowMillis >= lifetime / 4) return undefined
  const cap = principal.sessionCreatedAt + sessionDays.cap * 86_400_000
  const end = Math.min(nowMillis + lifetime, cap)
  return end > principal.sessionEndsAt ? end : undefined
}

const actorOf = (claims: AccessClaims, principal: Principal, origin: Origin): InSession => ({
  _tag: "SignedIn",
  by: "session",
  userId: claims.sub,
  sessionId: claims.sid,
  role: principal.role,
  isVerified: principal.isVerified,
  authenticatedAt: principal.authenticatedAt,
  secondFactorAt: principal.secondFactorAt,
  origin
})

const admit = (claims: AccessClaims, principal: Principal | undefined, origin: Origin, now: number) => {
  const refusal = judge(claims, principal, now)
  if (refusal !== undefined || principal === undefined) return Effect.fail(refusal ?? new SessionExpired())
  const actor = actorOf(claims, principal, origin)
  const end = slideTo(principal, now)
  return end === undefined
    ? Effect.succeed(actor)
    : Effect.as(
        Effect.forkDetach(
          Sessions.use((sessions) => sessions.extend(claims.sid, DateTime.makeUnsafe(end))).pipe(
            Effect.andThen(Principals.use((principals) => principals.invalidate(claims.sub))),
            Effect.ignoreCause
          )
        ),
        actor
      )
}

/**
 * Who presents this access token. In the usual case nothing is asked of the database: the record is followed. When the
 * record cannot be had, the answer is an error, never an admission.
 */
export const authenticate = Effect.fnUntraced(function* (token: string, origin: Origin) {
  const claims = yield* (yield* AccessTokens).verify(token)
  const principals = yield* Principals
  const principal = principals.peek(claims.sub, claims.sid) ?? (yield* principals.of(claims.sub, claims.sid))
  return yield* admit(claims, principal, origin, (yield* DateTime.now).epochMilliseconds)
})

/**
 * The same without any effect, for the usual case: everything is known and nothing is to be done. Undefined says nothing
 * of the token: `authenticate` decides.
 */
export const knownSession = (
  tokens: AccessTokens["Service"],
  principals: Principals["Service"],
  token: string,
  origin: Origin,
  nowMillis: number
): InSession | undefined => {
  const claims = tokens.peek(token, nowMillis)
  const principal = claims && principals.peek(claims.sub, claims.sid)
  if (claims === undefined || principal === undefined) return undefined
  const isUsual = judge(claims, principal, nowMillis) === undefined && slideTo(principal, nowMillis) === undefined
  return isUsual ? actorOf(claims, principal, origin) : undefined
}
