import { DateTime, Effect, Option } from "effect"
import type { Actor } from "../kernel/index.ts"
import { Users } from "./ports.ts"
import { sendLinks } from "./send-link.ts"
import { verificationLifetime } from "./settings.ts"
import type { Email, User } from "./user.ts"

/** Registrations of one address that get a link; as many links are made for nobody where there are fewer. */
const remindedAtOnce = 3

/**
 * Mails a fresh link to every registration of an address that waits for verification, and is quiet about whether there
 * is one. Each mail names its registration: somebody else may have begun one with the same address, and its owner must
 * be able to tell which is theirs. A link lives as long as the registration: a day from registering.
 */
export const resendVerification = Effect.fn("accounts.resendVerification")(function* (actor: Actor, email: Email) {
  const users = yield* Users
  const now = yield* DateTime.now
  const known = Option.getOrUndefined(yield* users.credentialsOf(email))?.user
  const waiting = yield* users.waiting(email, DateTime.subtract(now, verificationLifetime), remindedAtOnce)
  const reminded = known?.isVerified === true ? [] : waiting
  const recipients = Array.from({ length: remindedAtOnce }, (_, at): User | undefined => reminded[at])
  yield* sendLinks(actor, email, recipients, (user) => ({
    purpose: "verify_email",
    expiresAt: DateTime.add(user?.createdAt ?? now, verificationLifetime),
    mail: (to, token) => ({ template: "verify_email", to: to.email, username: to.username, token })
  }))
})
