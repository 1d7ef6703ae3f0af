import { DateTime, Effect, Option, Redacted } from "effect"
import {
  type Actor,
  contextOf,
  type InSession,
  type IssuedSecret,
  Outbox,
  Secrets,
  Transaction
} from "../kernel/index.ts"
import { EmailChanges } from "./email-change-ports.ts"
import { InvalidVerificationToken, UserNotFound } from "./errors.ts"
import { emailChangeRequested, mailRequested, userEmailChanged } from "./events.ts"
import type { MailRequest } from "./mail-request.ts"
import { Principals, Users } from "./ports.ts"
import { verificationLifetime } from "./settings.ts"
import { requireFresh } from "./step-up.ts"
import type { Email, User } from "./user.ts"

const store = Effect.fnUntraced(function* (actor: InSession, user: User, email: Email, token: IssuedSecret) {
  const taken = yield* (yield* Users).hasVerified(email)
  yield* (yield* EmailChanges).propose({
    userId: user.id,
    email,
    digest: token.digest,
    expiresAt: DateTime.add(yield* DateTime.now, verificationLifetime)
  })
  const toNew: MailRequest = taken
    ? { template: "address_in_use", to: email }
    : { template: "change_email", to: email, username: user.username, token: Redacted.value(token.secret) }
  const context = contextOf(actor)
  yield* (yield* Outbox).append([
    mailRequested(user.id, toNew, context),
    mailRequested(user.id, { template: "email_change_requested", to: user.email, username: user.username }, context),
    emailChangeRequested(user.id, {}, context)
  ])
})

/**
 * Mails a link to the new address and tells the old one; the change happens when the link is opened. Whether the new
 * address has an account already shows in nothing but the mail that its owner gets.
 */
export const requestEmailChange = Effect.fn("accounts.requestEmailChange")(function* (actor: InSession, email: Email) {
  yield* requireFresh(actor)
  const user = Option.getOrUndefined(yield* (yield* Users).byId(actor.userId))
  if (user === undefined) return yield* new UserNotFound()
  const token = yield* (yield* Secrets).issue
  yield* (yield* Transaction).atomically(store(actor, user, email, token))
})

const change = Effect.fnUntraced(function* (actor: Actor, digest: Uint8Array) {
  const changes = yield* EmailChanges
  const wanted = Option.getOrUndefined(yield* changes.take(digest, yield* DateTime.now))
  if (wanted === undefined) return yield* new InvalidVerificationToken()
  const user = Option.getOrUndefined(yield* (yield* Users).byId(wanted.userId))
  if (user === undefined || !(yield* changes.apply(wanted))) return yield* new InvalidVerificationToken()
  yield* (yield* Principals).invalidate(user.id)
  const context = contextOf(actor, user.id)
  yield* (yield* Outbox).append([
    userEmailChanged(user.id, {}, context),
    mailRequested(user.id, { template: "email_changed", to: user.email, username: user.username }, context)
  ])
})

/** Moves an account to the address whose mailed secret this is; an address taken since is a link that has ended. */
export const confirmEmailChange = Effect.fn("accounts.confirmEmailChange")(function* (
  actor: Actor,
  secret: Redacted.Redacted<string>
) {
  const digest = (yield* Secrets).digest(secret)
  yield* (yield* Transaction).atomically(change(actor, digest))
})
