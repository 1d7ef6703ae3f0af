import { DateTime, Effect } from "effect"
import { contextOf, type InSession, Outbox, Transaction } from "../kernel/index.ts"
import { userLoggedOut } from "./events.ts"
import { Principals, Sessions } from "./ports.ts"

const revoke = Effect.fnUntraced(function* (actor: InSession) {
  const revoked = yield* (yield* Sessions).revoke(actor.sessionId, actor.userId, "logout", yield* DateTime.now)
  if (!revoked) return
  yield* (yield* Outbox).append([userLoggedOut(actor.userId, { session_id: actor.sessionId }, contextOf(actor))])
  yield* (yield* Principals).invalidate(actor.userId)
})

/** Ends the session of this request; its tokens are dead when the answer leaves (00-conventions, "Revocation"). */
export const logout = Effect.fn("accounts.logout")(function* (actor: InSession) {
  yield* (yield* Transaction).atomically(revoke(actor))
})
