import { DateTime, Effect, Schema } from "effect"
import { contextOf, type InSession, Outbox, Transaction } from "../kernel/index.ts"
import { identityUnlinked } from "./events.ts"
import { IdentityNotFound, LastWayIn } from "./oauth-errors.ts"
import { OAuthIdentities, OAuthProvider, OAuthStates } from "./oauth-ports.ts"
import { requireFresh } from "./step-up.ts"

/** The identities that lead into the caller's account. */
export const listIdentities = Effect.fnUntraced(function* (actor: InSession) {
  return yield* (yield* OAuthIdentities).of(actor.userId)
})

const isProvider = Schema.is(OAuthProvider)

const remove = Effect.fnUntraced(function* (actor: InSession, provider: OAuthProvider) {
  const outcome = yield* (yield* OAuthIdentities).remove(actor.userId, provider)
  if (outcome === "absent") return yield* new IdentityNotFound()
  if (outcome === "last") return yield* new LastWayIn()
  yield* (yield* Outbox).append([identityUnlinked(actor.userId, { provider }, contextOf(actor))])
})

/** Takes an identity from the caller's account, unless it is the last way in; needs a fresh proof of who they are. */
export const unlinkIdentity = Effect.fn("accounts.unlinkIdentity")(function* (actor: InSession, name: string) {
  yield* requireFresh(actor)
  if (!isProvider(name)) return yield* new IdentityNotFound()
  yield* (yield* Transaction).atomically(remove(actor, name))
})

/** Job: removes log-ins at providers that nobody came back from; answers how many. */
export const forgetOAuthStates = Effect.fn("accounts.forgetOAuthStates")(function* () {
  return yield* (yield* OAuthStates).forget(yield* DateTime.now)
})
