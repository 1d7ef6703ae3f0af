import { DateTime, Effect, Option, Redacted } from "effect"
import { type Actor, Outbox, Secrets, Transaction } from "../kernel/index.ts"
import { contextOf, mailRequested } from "./events.ts"
import { MailTokens, Users } from "./ports.ts"
import { verificationLifetime } from "./settings.ts"
import type { Email } from "./user.ts"

/**
 * Mails a fresh link to an address whose registration waits for verification, and is quiet about whether there is one.
 * The link lives as long as the registration: a day from registering.
 */
export const resendVerification = Effect.fn("accounts.resendVerification")(function* (actor: Actor, email: Email) {
  const token = yield* (yield* Secrets).issue
  const tokens = yield* MailTokens
  const outbox = yield* Outbox
  const found = yield* (yield* Users).credentialsOf(email)
  const now = yield* DateTime.now
  if (Option.isNone(found) || found.value.user.isVerified) return
  const { user } = found.value
  const expiresAt = DateTime.add(user.createdAt, verificationLifetime)
  if (DateTime.isLessThanOrEqualTo(expiresAt, now)) return
  yield* (yield* Transaction).atomically(
    Effect.gen(function* () {
      yield* tokens.add({ digest: token.digest, purpose: "verify_email", userId: user.id, expiresAt })
      yield* outbox.append([
        mailRequested(
          user.id,
          { template: "verify_email", to: user.email, username: user.username, token: Redacted.value(token.secret) },
          contextOf(actor, user.id)
        )
      ])
    })
  )
})
