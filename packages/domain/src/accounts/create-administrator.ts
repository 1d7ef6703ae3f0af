import { DateTime, Effect, Option, type Redacted, Schema } from "effect"
import { Ids, type IssuedSecret, Outbox, Secrets, Transaction, UserId } from "../kernel/index.ts"
import { operatorContext } from "./administration.ts"
import { ensureStrong } from "./ensure-strong.ts"
import { userRegistered, userRoleChanged } from "./events.ts"
import { resetLifetime } from "./password-reset.ts"
import { MailTokens, type NewUser, PasswordHasher, Users } from "./ports.ts"
import { verificationLifetime } from "./settings.ts"
import type { Email, Username } from "./user.ts"

/** The address has a verified account already. */
export class EmailTaken extends Schema.TaggedError<EmailTaken>()("EmailTaken", {}) {}

export interface NewAdministrator {
  readonly email: Email
  readonly username: Username
  /** Absent: nobody knows one, and the answered link lets its holder choose it. */
  readonly password: Redacted.Redacted<string> | undefined
}

const store = Effect.fnUntraced(function* (user: NewUser, link: IssuedSecret | undefined) {
  const users = yield* Users
  if (yield* users.hasVerified(user.email)) return yield* new EmailTaken()
  yield* users.add(user, DateTime.subtract(user.createdAt, verificationLifetime))
  if (link !== undefined) {
    yield* (yield* MailTokens).add({
      digest: link.digest,
      purpose: "reset_password",
      userId: user.id,
      expiresAt: DateTime.add(user.createdAt, resetLifetime)
    })
  }
  yield* (yield* Outbox).append([
    userRegistered(user.id, {}, operatorContext),
    userRoleChanged(user.id, { from_role: "user", to_role: "admin" }, operatorContext)
  ])
})

/**
 * Makes a verified administrator for an operator, who vouches for the address. Without a password it answers the secret
 * of a reset link, which lives an hour; until it is used nobody can log in.
 */
export const createAdministrator = Effect.fn("accounts.createAdministrator")(function* (given: NewAdministrator) {
  const secrets = yield* Secrets
  const link = given.password === undefined ? yield* secrets.issue : undefined
  const password = given.password ?? (yield* secrets.issue).secret
  if (given.password !== undefined) yield* ensureStrong(given.password, given, "password")
  const user: NewUser = {
    id: UserId.make(yield* (yield* Ids).entity),
    email: given.email,
    username: given.username,
    passwordHash: yield* (yield* PasswordHasher).hash(password),
    birthdate: undefined,
    role: "admin",
    isVerified: true,
    createdAt: yield* DateTime.now
  }
  yield* (yield* Transaction).atomically(store(user, link))
  return { id: user.id, resetSecret: Option.fromNullishOr(link?.secret) }
})
