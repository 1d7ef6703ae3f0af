import { DateTime, Effect, Option, Redacted } from "effect"
import { type Actor, type IssuedSecret, Outbox, Secrets, Transaction } from "../kernel/index.ts"
import { contextOf, mailRequested } from "./events.ts"
import { MailTokens, Users } from "./ports.ts"
import { verificationLifetime } from "./settings.ts"
import type { Email, User } from "./user.ts"

const mailLink = Effect.fnUntraced(function* (actor: Actor, user: User, token: IssuedSecret, expiresAt: DateTime.Utc) {
  yield* (yield* MailTokens).add({ digest: token.digest, purpose: "verify_email", userId: user.id, expiresAt })
  yield* (yield* Outbox).append([
    mailRequested(
      user.id,
      { template: "verify_email", to: user.email, username: user.username, token: Redacted.value(token.secret) },
      contextOf(actor, user.id)
    )
  ])
})

/**
 * Mails a fresh link to an address whose registration waits for verification, and is quiet about whether there is one.
 * The link lives as long as the registration: a day from registering.
 */
export const resendVerification = Effect.fn("accounts.resendVerification")(function* (actor: Actor, email: Email) {
  const token = yield* (yield* Secrets).issue
  const found = yield* (yield* Users).credentialsOf(email)
  if (Option.isNone(found) || found.value.user.isVerified) return
  const { user } = found.value
  const expiresAt = DateTime.add(user.createdAt, verificationLifetime)
  if (DateTime.isLessThanOrEqualTo(expiresAt, yield* DateTime.now)) return
  yield* (yield* Transaction).atomically(mailLink(actor, user, token, expiresAt))
})
