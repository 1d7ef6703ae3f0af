import { DateTime, Effect, Option, type Redacted } from "effect"
import { type Actor, contextOf, Outbox, Secrets, Transaction } from "../kernel/index.ts"
import { InvalidVerificationToken } from "./errors.ts"
import { userVerified } from "./events.ts"
import { MailTokens, Users } from "./ports.ts"

const confirm = Effect.fnUntraced(function* (actor: Actor, digest: Uint8Array) {
  const owner = yield* (yield* MailTokens).consume(digest, "verify_email", yield* DateTime.now)
  if (Option.isNone(owner)) return yield* new InvalidVerificationToken()
  if (!(yield* (yield* Users).markVerified(owner.value))) return yield* new InvalidVerificationToken()
  yield* (yield* Outbox).append([userVerified(owner.value, {}, contextOf(actor, owner.value))])
  return owner.value
})

/** Confirms an address with the secret mailed to it: single use, 24 hours (10-accounts, "Verify e-mail"). */
export const verifyEmail = Effect.fn("accounts.verifyEmail")(function* (
  actor: Actor,
  secret: Redacted.Redacted<string>
) {
  const digest = (yield* Secrets).digest(secret)
  return yield* (yield* Transaction).atomically(confirm(actor, digest))
})
