import { DateTime, Effect, Option, type Redacted } from "effect"
import { type EventContext, Outbox, type SessionId, type SignedIn, Transaction } from "../kernel/index.ts"
import { ensureStrong } from "./ensure-strong.ts"
import { UserNotFound, WrongPassword } from "./errors.ts"
import { contextOf, mailRequested, userPasswordChanged } from "./events.ts"
import { PasswordHasher, Principals, Sessions, Users } from "./ports.ts"
import type { User } from "./user.ts"

/** Writes a new password: every session but `except` ends, and the owner is told by mail. */
export const replacePassword = Effect.fnUntraced(function* (
  user: User,
  hash: string,
  except: SessionId | undefined,
  context: EventContext
) {
  yield* (yield* Users).replacePasswordHash(user.id, hash)
  yield* (yield* Sessions).revokeAll(user.id, "password changed", yield* DateTime.now, except)
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

const accountOf = Effect.fnUntraced(function* (actor: SignedIn) {
  const users = yield* Users
  const user = Option.getOrUndefined(yield* users.byId(actor.userId))
  const hash = Option.getOrUndefined(yield* users.passwordHashOf(actor.userId))
  if (user === undefined || hash === undefined) return yield* new UserNotFound()
  return { user, hash }
})

/** Changes the caller's password; the current one in the same request is the fresh authentication it needs. */
export const changePassword = Effect.fn("accounts.changePassword")(function* (
  actor: SignedIn,
  command: ChangePasswordCommand
) {
  const { user, hash } = yield* accountOf(actor)
  const hasher = yield* PasswordHasher
  if (!(yield* hasher.verify(command.current, hash)).matches) return yield* new WrongPassword()
  yield* ensureStrong(command.replacement, user, "new_password")
  const newHash = yield* hasher.hash(command.replacement)
  const context = contextOf(actor)
  yield* (yield* Transaction).atomically(replacePassword(user, newHash, actor.sessionId, context))
})
