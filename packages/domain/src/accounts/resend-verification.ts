import { DateTime, Effect, Option } from "effect"
import type { Actor } from "../kernel/index.ts"
import { Users } from "./ports.ts"
import { sendLink } from "./send-link.ts"
import { verificationLifetime } from "./settings.ts"
import type { Email, User } from "./user.ts"

const waits = (user: User | undefined, now: DateTime.Utc): boolean =>
  user !== undefined &&
  !user.isVerified &&
  DateTime.isGreaterThan(DateTime.add(user.createdAt, verificationLifetime), now)

/**
 * Mails a fresh link to an address whose registration waits for verification, and is quiet about whether there is one.
 * The link lives as long as the registration: a day from registering.
 */
export const resendVerification = Effect.fn("accounts.resendVerification")(function* (actor: Actor, email: Email) {
  const now = yield* DateTime.now
  const found = Option.getOrUndefined(yield* (yield* Users).credentialsOf(email))?.user
  const user = found !== undefined && waits(found, now) ? found : undefined
  yield* sendLink(actor, email, user, {
    purpose: "verify_email",
    expiresAt: DateTime.add(user?.createdAt ?? now, verificationLifetime),
    mail: (to, token) => ({ template: "verify_email", to: to.email, username: to.username, token })
  })
})
