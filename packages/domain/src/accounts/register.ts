import { DateTime, Effect, type Redacted, Redacted as Secret } from "effect"
import {
  type Actor,
  contextOf,
  type EventContext,
  Ids,
  type IssuedSecret,
  Outbox,
  Secrets,
  Transaction,
  UserId
} from "../kernel/index.ts"
import { ageOn } from "./age.ts"
import { BirthdateRequired, Underage } from "./errors.ts"
import { mailRequested, userRegistered } from "./events.ts"
import type { MailRequest } from "./mail-request.ts"
import { ensureStrong } from "./ensure-strong.ts"
import { MailTokens, type NewUser, PasswordHasher, Users } from "./ports.ts"
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
 * Mails a link to confirm the address of a new account. Where the address is taken its owner is told instead, after the
 * same work; the row beside an existing account can never be verified. A step for within a transaction.
 */
export const askToConfirm = Effect.fnUntraced(function* (
  user: NewUser,
  taken: boolean,
  token: IssuedSecret,
  context: EventContext
) {
  yield* (yield* MailTokens).add({
    digest: token.digest,
    purpose: "verify_email",
    userId: user.id,
    expiresAt: DateTime.add(user.createdAt, verificationLifetime)
  })
  const mail: MailRequest = taken
    ? { template: "address_already_registered", to: user.email }
    : { template: "verify_email", to: user.email, username: user.username, token: Secret.value(token.secret) }
  yield* (yield* Outbox).append([mailRequested(user.id, mail, context), userRegistered(user.id, {}, context)])
})

const store = Effect.fnUntraced(function* (actor: Actor, user: NewUser, token: IssuedSecret) {
  const users = yield* Users
  const taken = yield* users.hasVerified(user.email)
  yield* users.add(user, DateTime.subtract(user.createdAt, verificationLifetime))
  yield* askToConfirm(user, taken, token, contextOf(actor, user.id))
})

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
  yield* ensureStrong(command.password, command, "password")
  const user: NewUser = {
    id: UserId.make(yield* (yield* Ids).entity),
    email: command.email,
    username: command.username,
    passwordHash: yield* (yield* PasswordHasher).hash(command.password),
    birthdate: command.birthdate,
    role: "user",
    isVerified: false,
    createdAt: now
  }
  yield* (yield* Transaction).atomically(store(actor, user, yield* (yield* Secrets).issue))
  return { id: user.id, username: command.username, email: command.email, createdAt: now }
})
