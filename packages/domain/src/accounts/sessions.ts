import { DateTime, Effect, Schema } from "effect"
import { contextOf, type InSession, Outbox, type SessionId, Transaction } from "../kernel/index.ts"
import { allSessionsRevoked, sessionRevoked } from "./events.ts"
import { Principals, Sessions, Users } from "./ports.ts"

/** There is no such living session of the caller's. */
export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", {}) {}

/** The devices on which the caller is signed in. */
export const listSessions = Effect.fnUntraced(function* (actor: InSession) {
  return yield* (yield* Sessions).living(actor.userId, yield* DateTime.now)
})

const end = Effect.fnUntraced(function* (actor: InSession, id: SessionId) {
  const revoked = yield* (yield* Sessions).revoke(id, actor.userId, "revoked by the user", yield* DateTime.now)
  if (!revoked) return yield* new SessionNotFound()
  yield* (yield* Outbox).append([sessionRevoked(actor.userId, { session_id: id }, contextOf(actor))])
  yield* (yield* Principals).invalidate(actor.userId)
})

/** Ends one of the caller's sessions. */
export const revokeSession = Effect.fn("accounts.revokeSession")(function* (actor: InSession, id: SessionId) {
  yield* (yield* Transaction).atomically(end(actor, id))
})

const endAll = Effect.fnUntraced(function* (actor: InSession) {
  const count = yield* (yield* Sessions).revokeAll(actor.userId, "logout-all", yield* DateTime.now, undefined)
  yield* (yield* Users).bumpTokenVersion(actor.userId)
  yield* (yield* Outbox).append([allSessionsRevoked(actor.userId, { count }, contextOf(actor))])
  yield* (yield* Principals).invalidate(actor.userId)
  return count
})

/** Ends every session of the caller and makes every access token issued so far useless; answers how many ended. */
export const logoutEverywhere = Effect.fn("accounts.logoutEverywhere")(function* (actor: InSession) {
  return yield* (yield* Transaction).atomically(endAll(actor))
})

/** How long an ended session is remembered, for questions about it. */
const memory = { days: 30 } as const

/** Job: removes sessions that ended a month ago; answers how many. */
export const forgetEndedSessions = Effect.fn("accounts.forgetEndedSessions")(function* () {
  return yield* (yield* Sessions).forget(DateTime.subtract(yield* DateTime.now, memory))
})
