import { DateTime, Effect, Option, type Redacted } from "effect"
import { type Actor, contextOf, type EventContext, Outbox, Secrets, Transaction } from "../kernel/index.ts"
import { ensureStrong } from "./ensure-strong.ts"
import { InvalidResetToken } from "./errors.ts"
import { identityUnlinked } from "./events.ts"
import { OAuthIdentities } from "./oauth-ports.ts"
import { replacePassword } from "./password-change.ts"
import { MailTokens, PasswordHasher, Users } from "./ports.ts"
import { sendLink } from "./send-link.ts"
import type { Email, User } from "./user.ts"

/** A reset link lives an hour (10-accounts). */
export const resetLifetime = { hours: 1 } as const

/** Mails a link for choosing a new password, and is quiet about whether the address has an account. */
export const requestPasswordReset = Effect.fn("accounts.requestPasswordReset")(function* (actor: Actor, email: Email) {
  const found = Option.getOrUndefined(yield* (yield* Users).credentialsOf(email))?.user
  yield* sendLink(actor, email, found?.isVerified === true && found.isActive ? found : undefined, {
    purpose: "reset_password",
    expiresAt: DateTime.add(yield* DateTime.now, resetLifetime),
    mail: (to, token) => ({ template: "reset_password", to: to.email, username: to.username, token })
  })
})

const useUp = Effect.fnUntraced(function* (digest: Uint8Array, user: User, hash: string, context: EventContext) {
  const owner = yield* (yield* MailTokens).consume(digest, "reset_password", yield* DateTime.now)
  if (Option.isNone(owner)) return yield* new InvalidResetToken()
  yield* replacePassword(user, hash, undefined, context)
  const unlinked = yield* (yield* OAuthIdentities).removeUnvouched(user.id)
  yield* (yield* Outbox).append(unlinked.map((provider) => identityUnlinked(user.id, { provider }, context)))
})

/**
 * Sets a new password with a mailed token, used once. Every session of the account ends, and so does every log-in by a
 * provider that never vouched for the address: whoever reads the mail has the account to themselves.
 */
export const resetPassword = Effect.fn("accounts.resetPassword")(function* (
  actor: Actor,
  secret: Redacted.Redacted<string>,
  replacement: Redacted.Redacted<string>
) {
  const digest = (yield* Secrets).digest(secret)
  const owner = Option.getOrUndefined(yield* (yield* MailTokens).ownerOf(digest, "reset_password", yield* DateTime.now))
  if (owner === undefined) return yield* new InvalidResetToken()
  const user = Option.getOrUndefined(yield* (yield* Users).byId(owner))
  if (user === undefined) return yield* new InvalidResetToken()
  yield* ensureStrong(replacement, user, "new_password")
  const hash = yield* (yield* PasswordHasher).hash(replacement)
  yield* (yield* Transaction).atomically(useUp(digest, user, hash, contextOf(actor, user.id)))
})
