import { DateTime, Effect, Option } from "effect"
import { type Actor, contextOf, Ids, type InSession, Outbox, type SessionId } from "../kernel/index.ts"
import { UserNotFound } from "./errors.ts"
import { identityLinked, mailRequested } from "./events.ts"
import type { ShownIdentity } from "./oauth-enter.ts"
import { IdentityTaken, OAuthStateInvalid } from "./oauth-errors.ts"
import { OAuthIdentities } from "./oauth-ports.ts"
import { Users } from "./ports.ts"

const add = Effect.fnUntraced(function* (actor: InSession, { provider, account, tokens }: ShownIdentity) {
  const user = Option.getOrUndefined(yield* (yield* Users).byId(actor.userId))
  if (user === undefined) return yield* new UserNotFound()
  const now = yield* DateTime.now
  const added = yield* (yield* OAuthIdentities).add(
    {
      id: yield* (yield* Ids).entity,
      userId: user.id,
      provider,
      providerUserId: account.id,
      email: account.email,
      isVouched: true,
      createdAt: now,
      lastUsedAt: now
    },
    tokens
  )
  if (!added) return yield* new IdentityTaken()
  const mail = { template: "identity_linked", to: user.email, username: user.username, provider } as const
  const context = contextOf(actor)
  yield* (yield* Outbox).append([identityLinked(user.id, { provider }, context), mailRequested(user.id, mail, context)])
})

/**
 * Links an identity to the account of whoever began, in the very session that began; linking again what is linked changes
 * nothing. The owner is told by mail. A step for within a transaction.
 */
export const linkIdentity = Effect.fnUntraced(function* (actor: Actor, sessionId: SessionId, shown: ShownIdentity) {
  if (actor._tag === "Anonymous" || actor.by === "key" || actor.sessionId !== sessionId) {
    return yield* new OAuthStateInvalid()
  }
  const identities = yield* OAuthIdentities
  const known = Option.getOrUndefined(yield* identities.find(shown.provider, shown.account.id))
  if (known?.userId === actor.userId) yield* identities.markUsed(known.id, shown.tokens, yield* DateTime.now)
  else yield* add(actor, shown)
})
