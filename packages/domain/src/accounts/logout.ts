import { DateTime, Effect } from "effect"
import { Outbox, type SignedIn, Transaction } from "../kernel/index.ts"
import { contextOf, userLoggedOut } from "./events.ts"
import { Principals, Sessions } from "./ports.ts"

/** Ends the session of this request; its tokens are dead when the answer leaves (00-conventions, "Revocation"). */
export const logout = Effect.fn("accounts.logout")(function* (actor: SignedIn) {
  const sessions = yield* Sessions
  const principals = yield* Principals
  const outbox = yield* Outbox
  const now = yield* DateTime.now
  yield* (yield* Transaction).atomically(
    Effect.gen(function* () {
      if (!(yield* sessions.revoke(actor.sessionId, actor.userId, "logout", now))) return
      yield* outbox.append([userLoggedOut(actor.userId, { session_id: actor.sessionId }, contextOf(actor))])
      yield* principals.invalidate(actor.userId)
    })
  )
})
