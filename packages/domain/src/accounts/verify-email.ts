import { DateTime, Effect, Option, type Redacted } from "effect"
import { type Actor, Outbox, Secrets, Transaction } from "../kernel/index.ts"
import { InvalidVerificationToken } from "./errors.ts"
import { contextOf, userVerified } from "./events.ts"
import { MailTokens, Users } from "./ports.ts"

/** Confirms an address with the secret mailed to it: single use, 24 hours (10-accounts, "Verify e-mail"). */
export const verifyEmail = Effect.fn("accounts.verifyEmail")(function* (
  actor: Actor,
  secret: Redacted.Redacted<string>
) {
  const digest = (yield* Secrets).digest(secret)
  const now = yield* DateTime.now
  const tokens = yield* MailTokens
  const users = yield* Users
  const outbox = yield* Outbox
  return yield* (yield* Transaction).atomically(
    Effect.gen(function* () {
      const owner = yield* tokens.consume(digest, "verify_email", now)
      if (Option.isNone(owner)) return yield* new InvalidVerificationToken()
      if (!(yield* users.markVerified(owner.value))) return yield* new InvalidVerificationToken()
      yield* outbox.append([userVerified(owner.value, {}, contextOf(actor, owner.value))])
      return owner.value
    })
  )
})
