import { DateTime, Effect, type Redacted } from "effect"
import { contextOf, type InSession, Outbox, Secrets, Transaction, type UserId } from "../kernel/index.ts"
import { tryPassword } from "./attempts.ts"
import { DeletionBlocked } from "./data-errors.ts"
import { AccountErasure, type Anonymous } from "./erasure-ports.ts"
import { SessionExpired, WrongPassword } from "./errors.ts"
import { mailRequested, userDeleted } from "./events.ts"
import { accountOf } from "./password-change.ts"
import { type Deletion, DeletionGuards, Erasers } from "./personal-data.ts"
import { PasswordHasher, Principals } from "./ports.ts"
import type { User } from "./user.ts"

export interface DeleteAccountCommand {
  readonly password: Redacted.Redacted<string>
  readonly keepPublicTracks: boolean
}

/** What a deleted account is called; both are unique by its id. No mail reaches `.invalid` (RFC 2606 §2). */
export const anonymousNames = (id: UserId): Pick<Anonymous, "username" | "email"> => ({
  username: `deleted-${id}`,
  email: `deleted-${id}@deleted.invalid`
})

const erase = Effect.fnUntraced(function* (user: User, deletion: Deletion, passwordHash: string) {
  const blockers = yield* Effect.forEach(yield* DeletionGuards, (guard) => guard.blockers(user.id))
  if (blockers.flat().length > 0) return yield* new DeletionBlocked({ blockers: blockers.flat() })
  const anonymous = { ...anonymousNames(user.id), passwordHash }
  if (!(yield* (yield* AccountErasure).anonymise(user.id, anonymous, deletion.at))) return yield* new SessionExpired()
  yield* Effect.forEach(yield* Erasers, (eraser) => eraser.atOnce(deletion), { discard: true })
  yield* (yield* Principals).invalidate(user.id)
  yield* (yield* Outbox).append([
    userDeleted(user.id, { keep_public_tracks: deletion.keepPublicTracks }, deletion.context),
    mailRequested(user.id, { template: "account_deleted", to: user.email, username: user.username }, deletion.context)
  ])
})

/**
 * Deletes the caller's account (10-accounts, "Deletion"): the person is out of it when this returns, and nothing that
 * let somebody in does so any longer. Files follow by the worker, the last traces after 30 days. Asked twice at once it
 * happens once; the other finds its session dead.
 */
export const deleteAccount = Effect.fn("accounts.delete")(function* (actor: InSession, command: DeleteAccountCommand) {
  const { user, hash } = yield* accountOf(actor)
  const verdict = yield* tryPassword(actor, user.email, command.password, hash)
  if (!verdict.matches) return yield* new WrongPassword({ field: "password" })
  const unusable = yield* (yield* PasswordHasher).hash((yield* (yield* Secrets).issue).secret)
  const deletion: Deletion = {
    userId: user.id,
    keepPublicTracks: command.keepPublicTracks,
    at: yield* DateTime.now,
    context: contextOf(actor)
  }
  yield* (yield* Transaction).atomically(erase(user, deletion, unusable))
})

/** What the worker does once an account is deleted: files and whatever else lies outside the database. Repeatable. */
export const eraseAfterwards = Effect.fn("accounts.eraseAfterwards")(function* (userId: UserId) {
  yield* Effect.forEach(yield* Erasers, (eraser) => eraser.afterwards(userId), { discard: true })
})
