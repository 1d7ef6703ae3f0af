import { DateTime, Effect, Option, type Redacted } from "effect"
import { type Actor, contextOf, Outbox, Sealing, Secrets, Transaction } from "../kernel/index.ts"
import { InvalidToken } from "./errors.ts"
import { refreshTokenReused } from "./events.ts"
import { AccessTokens, Principals, type RefreshToken, RefreshTokens, Sessions, Users } from "./ports.ts"

/** Seconds in which a token that was rotated gives the same successor again (05-decisions, "Session"). */
export const refreshGrace = 10
const purpose = "refresh successor"

type Presented =
  | { readonly _tag: "Fresh" }
  | { readonly _tag: "Retried"; readonly successor: Uint8Array }
  | { readonly _tag: "Reused" }
  | { readonly _tag: "Dead" }

/** What a stored token is worth at `now`: pure, so that every moment can be tried. */
export const judgeRefresh = (token: RefreshToken | undefined, now: DateTime.Utc): Presented => {
  if (token === undefined || token.isRevoked || DateTime.isLessThanOrEqualTo(token.session.expiresAt, now)) {
    return { _tag: "Dead" }
  }
  if (token.rotatedAt === undefined) return { _tag: "Fresh" }
  const graceEnds = DateTime.add(token.rotatedAt, { seconds: refreshGrace })
  return token.successor !== undefined && DateTime.isLessThan(now, graceEnds)
    ? { _tag: "Retried", successor: token.successor }
    : { _tag: "Reused" }
}

const rotate = Effect.fnUntraced(function* (digest: Uint8Array, token: RefreshToken, now: DateTime.Utc) {
  const issued = yield* (yield* Secrets).issue
  const sealed = yield* (yield* Sealing).seal(purpose, issued.secret)
  const tokens = yield* RefreshTokens
  if (!(yield* tokens.rotate(digest, sealed, now))) return Option.none<Redacted.Redacted<string>>()
  yield* tokens.add(issued.digest, token.session.id, now)
  yield* (yield* Sessions).markUsed(token.session.id, now)
  return Option.some(issued.secret)
})

const endFamily = Effect.fnUntraced(function* (actor: Actor, { session }: RefreshToken, now: DateTime.Utc) {
  yield* (yield* Sessions).revoke(session.id, session.userId, "refresh token reused", now)
  yield* (yield* Principals).invalidate(session.userId)
  yield* (yield* Outbox).append([
    refreshTokenReused(session.userId, { session_id: session.id }, contextOf(actor, session.userId))
  ])
})

/** Decides and writes; a reuse must commit its revocation, so it is no failure here. */
const exchange = Effect.fnUntraced(function* (actor: Actor, digest: Uint8Array) {
  const now = yield* DateTime.now
  const token = Option.getOrUndefined(yield* (yield* RefreshTokens).lock(digest))
  const presented = judgeRefresh(token, now)
  if (token === undefined || presented._tag === "Dead") return Option.none()
  if (presented._tag === "Reused") {
    yield* endFamily(actor, token, now)
    return Option.none()
  }
  const secret =
    presented._tag === "Fresh" ? yield* rotate(digest, token, now) : (yield* Sealing).open(purpose, presented.successor)
  return Option.map(secret, (refreshToken) => ({ refreshToken, session: token.session }))
})

/**
 * Exchanges a refresh token for new tokens (10-accounts; RFC 9700 §4.14.2). Each is used once; the same one again within
 * ten seconds gives the same successor, so that many at once end as one; later it gives the family away, and the session
 * ends. Everything that does not work out is one and the same error.
 */
export const refresh = Effect.fn("accounts.refresh")(function* (actor: Actor, secret: Redacted.Redacted<string>) {
  const digest = (yield* Secrets).digest(secret)
  const exchanged = yield* (yield* Transaction).atomically(exchange(actor, digest))
  if (Option.isNone(exchanged)) return yield* new InvalidToken()
  const { refreshToken, session } = exchanged.value
  const user = Option.getOrUndefined(yield* (yield* Users).byId(session.userId))
  if (user === undefined || user.isBanned || !user.isActive) return yield* new InvalidToken()
  const access = yield* (yield* AccessTokens).issue({
    sub: user.id,
    sid: session.id,
    token_version: user.tokenVersion,
    role: user.role
  })
  return { access, refreshToken, refreshExpiresAt: session.expiresAt }
})
