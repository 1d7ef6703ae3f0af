import { DateTime, Effect, type Redacted, Redacted as Secret } from "effect"
import { type Actor, Ids, Outbox, Secrets, Transaction, UserId } from "../kernel/index.ts"
import { ageOn } from "./age.ts"
import { BirthdateRequired, Underage, WeakPassword } from "./errors.ts"
import { contextOf, mailRequested, userRegistered } from "./events.ts"
import { passwordFault } from "./password.ts"
import { MailTokens, PasswordHasher, Users } from "./ports.ts"
import { AccountSettings, minimumAge, verificationLifetime } from "./settings.ts"
import type { Email, Username } from "./user.ts"

export interface RegisterCommand {
  readonly username: Username
  readonly email: Email
  readonly password: Redacted.Redacted<string>
  /** `YYYY-MM-DD` */
  readonly birthdate?: string | undefined
}

/**
 * Registers somebody (10-accounts, 05-decisions "Registration"). Whether the address already has an account must not
 * show, so both cases do the same work: an unverified row holds the username for a day, a token is stored, one mail
 * leaves. Only the mail differs, and it goes to the owner of the address; the row beside an existing account can never
 * be verified.
 */
export const register = Effect.fn("accounts.register")(function* (actor: Actor, command: RegisterCommand) {
  const settings = yield* AccountSettings
  const now = yield* DateTime.now
  if (command.birthdate === undefined) {
    if (settings.ageGateRequired) return yield* new BirthdateRequired()
  } else if (ageOn(command.birthdate, now) < minimumAge) return yield* new Underage()
  const fault = passwordFault(Secret.value(command.password), {
    email: command.email,
    username: command.username,
    minLength: settings.passwordMinLength
  })
  if (fault !== undefined) return yield* new WeakPassword({ fault, minLength: settings.passwordMinLength })

  const users = yield* Users
  const passwordHash = yield* (yield* PasswordHasher).hash(command.password)
  const token = yield* (yield* Secrets).issue
  const id = UserId.make(yield* (yield* Ids).entity)
  const tokens = yield* MailTokens
  const outbox = yield* Outbox
  const context = contextOf(actor, id)
  yield* (yield* Transaction).atomically(
    Effect.gen(function* () {
      const taken = yield* users.hasVerified(command.email)
      yield* users.add(
        {
          id,
          email: command.email,
          username: command.username,
          passwordHash,
          birthdate: command.birthdate,
          role: "user",
          isVerified: false,
          createdAt: now
        },
        DateTime.subtract(now, verificationLifetime)
      )
      yield* tokens.add({
        digest: token.digest,
        purpose: "verify_email",
        userId: id,
        expiresAt: DateTime.add(now, verificationLifetime)
      })
      yield* outbox.append([
        mailRequested(
          id,
          taken
            ? { template: "address_already_registered", to: command.email }
            : { template: "verify_email", to: command.email, username: command.username, token: Secret.value(token.secret) },
          context
        ),
        userRegistered(id, {}, context)
      ])
    })
  )
  return { id, username: command.username, email: command.email, createdAt: now }
})
