import { DateTime, Effect, Option, type Redacted } from "effect"
import { contextOf, type EventContext, type InSession, Outbox, type SessionId, Transaction } from "../kernel/index.ts"
import { tryPassword } from "./attempts.ts"
import { ensureStrong } from "./ensure-strong.ts"
import { UserNotFound, WrongPassword } from "./errors.ts"
import { mailRequested, userPasswordChanged } from "./events.ts"
import { EmailChanges } from "./email-change-ports.ts"
import { PasswordNotSet } from "./oauth-errors.ts"
import { MailTokens, PasswordHasher, Principals, Sessions, Users } from "./ports.ts"
import { LoginChallenges } from "./second-factor-ports.ts"
import type { User } from "./user.ts"

/**
 * Writes a new password: every session but `except` ends, with it what the old password had begun (log-ins that wait for
 * a second factor, a change of address), and the owner is told by mail.
 */
export const replacePassword = Effect.fnUntraced(function* (
  user: User,
  hash: string,
  except: SessionId | undefined,
  context: EventContext
) {
  yield* (yield* Users).replacePasswordHash(user.id, hash)
  yield* (yield* Sessions).revokeAll(user.id, "password changed", yield* DateTime.now, except)
  yield* (yield* LoginChallenges).endAll(user.id)
  yield* (yield* MailTokens).cancel(user.id, "reset_password")
  yield* (yield* EmailChanges).cancel(user.id)
  yield* (yield* Principals).invalidate(user.id)
  yield* (yield* Outbox).append([
    userPasswordChanged(user.id, {}, context),
    mailRequested(user.id, { template: "password_changed", to: user.email, username: user.username }, context)
  ])
})

export interface ChangePasswordCommand {
  readonly current: Redacted.Redacted<string>
  readonly replacement: Redacted.Redacted<string>
}

/** Replaces the password that was judged; one that was changed meanwhile is no longer the caller's to replace. */
const replaceJudged = Effect.fnUntraced(function* (actor: InSession, user: User, judged: string, next: string) {
  if (!(yield* (yield* Users).holdPasswordHash(user.id, judged))) return yield* new WrongPassword()
  yield* replacePassword(user, next, actor.sessionId, contextOf(actor))
})

/** The caller's account with the hash of its password. */
export const accountOf = Effect.fnUntraced(function* (actor: InSession) {
  const users = yield* Users
  const user = Option.getOrUndefined(yield* users.byId(actor.userId))
  const hash = Option.getOrUndefined(yield* users.passwordHashOf(actor.userId))
  if (user === undefined) return yield* new UserNotFound()
  if (hash === undefined) return yield* new PasswordNotSet()
  return { user, hash }
})

/** Changes the caller's password; the current one in the same request is the fresh authentication it needs. */
export const changePassword = Effect.fn("accounts.changePassword")(function* (
  actor: InSession,
  command: ChangePasswordCommand
) {
  const { user, hash } = yield* accountOf(actor)
  const verdict = yield* tryPassword(actor, user.email, command.current, hash)
  if (!verdict.matches) return yield* new WrongPassword()
  yield* ensureStrong(command.replacement, user, "new_password")
  const newHash = yield* (yield* PasswordHasher).hash(command.replacement)
  yield* (yield* Transaction).atomically(replaceJudged(actor, user, hash, newHash))
})
