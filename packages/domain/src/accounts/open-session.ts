import { DateTime, Effect } from "effect"
import { type Actor, contextOf, Ids, Outbox, Secrets, SessionId } from "../kernel/index.ts"
import { userLoggedIn } from "./events.ts"
import { recordOptOut } from "./privacy.ts"
import { AccessTokens, RefreshTokens, type Session, Sessions, Users } from "./ports.ts"
import { sessionDays } from "./settings.ts"
import type { User } from "./user.ts"

/** How somebody proved who they are. */
export interface Proof {
  readonly method: "password" | "oauth"
  readonly withSecondFactor: boolean
  readonly rememberMe: boolean
}

/**
 * Opens a session for somebody who has proved who they are. A step for within a transaction: who opens a session has
 * more to write that stands or falls with it.
 */
export const openSession = Effect.fnUntraced(function* (actor: Actor, user: User, proof: Proof) {
  const days = proof.rememberMe ? sessionDays.remembered : sessionDays.plain
  const now = yield* DateTime.now
  const session: Session = {
    id: SessionId.make(yield* (yield* Ids).entity),
    userId: user.id,
    ip: actor.origin.ip,
    userAgent: actor.origin.userAgent,
    createdAt: now,
    expiresAt: DateTime.add(now, { days }),
    lifetime: days * 86_400,
    authenticatedAt: now,
    secondFactorAt: proof.withSecondFactor ? now : null
  }
  const refresh = yield* (yield* Secrets).issue
  yield* (yield* Sessions).add(session)
  yield* (yield* RefreshTokens).add(refresh.digest, session.id, now)
  yield* (yield* Users).recordLogin(user.id, now, session.ip)
  if (actor.origin.globalPrivacyControl === true) yield* recordOptOut(actor, user.id, "gpc")
  yield* (yield* Outbox).append([
    userLoggedIn(user.id, { session_id: session.id, method: proof.method }, contextOf(actor, user.id))
  ])
  return { session, refreshToken: refresh.secret }
})

/** The tokens of a session just opened. */
export const tokensOf = Effect.fnUntraced(function* (
  user: User,
  opened: Effect.Success<ReturnType<typeof openSession>>
) {
  const { session, refreshToken } = opened
  const access = yield* (yield* AccessTokens).issue({
    sub: user.id,
    sid: session.id,
    token_version: user.tokenVersion,
    role: user.role
  })
  return { user, access, refreshToken, refreshExpiresAt: session.expiresAt }
})
