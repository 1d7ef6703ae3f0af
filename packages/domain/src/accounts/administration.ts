import { DateTime, Effect, Option, Schema } from "effect"
import {
  contextOf,
  type EventContext,
  type Forbidden,
  type InSession,
  type ListQuery,
  type ListSpec,
  Outbox,
  planList,
  requirePermission,
  type Role,
  systemContext,
  Transaction,
  type UserId
} from "../kernel/index.ts"
import { UserAdministration, type UserFilter, type UserSort } from "./administration-ports.ts"
import { type ReauthenticationRequired, UserNotFound } from "./errors.ts"
import { userBanned, userRoleChanged, userUnbanned } from "./events.ts"
import { mailToOwner } from "./mail-to-owner.ts"
import { Principals, Sessions } from "./ports.ts"
import { requireFresh } from "./step-up.ts"

/** Administrators neither change their own role nor ban themselves: somebody else must agree. */
export class OwnAccount extends Schema.TaggedError<OwnAccount>()("OwnAccount", {}) {}
/** Nobody would be left to administrate. */
export class LastAdministrator extends Schema.TaggedError<LastAdministrator>()("LastAdministrator", {}) {}

/** Somebody at a terminal, who acts by having the database's credentials. */
export const operator = { _tag: "Operator" } as const
/** Who administrates: an administrator in person, or an operator. */
export type Administrator = InSession | typeof operator

export const operatorContext: EventContext = { ...systemContext, user_agent: "veza cli" }
const contextBy = (by: Administrator): EventContext => (by._tag === "Operator" ? operatorContext : contextOf(by))

const mayAdministrate = (by: Administrator): Effect.Effect<void, Forbidden> =>
  by._tag === "Operator" ? Effect.void : requirePermission(by, "accounts.administrate")

/** Who may get in is a sensitive matter for administrators too: a session left open somewhere must not decide it. */
const ensureFresh = (by: Administrator): Effect.Effect<void, ReauthenticationRequired> =>
  by._tag === "Operator" ? Effect.void : requireFresh(by)

const ensureOther = (by: Administrator, id: UserId): Effect.Effect<void, OwnAccount> =>
  by._tag === "SignedIn" && by.userId === id ? Effect.fail(new OwnAccount()) : Effect.void

export const userList: ListSpec<UserSort> = {
  name: "users",
  sorts: { created_at: "time", username: "text", email: "text" },
  fallback: "created_at"
}

/** The accounts, those that wait for verification included; administrators only. */
export const listUsers = Effect.fn("accounts.listUsers")(function* (
  by: Administrator,
  filter: UserFilter,
  query: ListQuery
) {
  yield* mayAdministrate(by)
  const plan = yield* planList(userList, query, filter)
  return { plan, page: yield* (yield* UserAdministration).list(filter, plan) }
})

const find = Effect.fnUntraced(function* (id: UserId) {
  const found = Option.getOrUndefined(yield* (yield* UserAdministration).byId(id))
  return found ?? (yield* new UserNotFound())
})

/** For a step that may take an administrator away: nobody else does so until the transaction ends. */
const ensureAnotherAdministrator = Effect.fnUntraced(function* (id: UserId) {
  const administrators = yield* (yield* UserAdministration).lockAdministrators
  if (administrators.includes(id) && administrators.length === 1) return yield* new LastAdministrator()
})

const giveRole = Effect.fnUntraced(function* (by: Administrator, id: UserId, role: Role) {
  if (role !== "admin") yield* ensureAnotherAdministrator(id)
  const before = yield* (yield* UserAdministration).setRole(id, role)
  if (Option.isSome(before)) {
    yield* (yield* Principals).invalidate(id)
    yield* (yield* Outbox).append([userRoleChanged(id, { from_role: before.value, to_role: role }, contextBy(by))])
  }
  return yield* find(id)
})

/**
 * Gives somebody a role. Their access tokens are dead at once and their sessions stay: the next refresh brings the new
 * role (05-decisions, "Role"). `promotedToCreatorAt` tells of self-upgrades only and is left alone.
 */
export const changeRole = Effect.fn("accounts.changeRole")(function* (by: Administrator, id: UserId, role: Role) {
  yield* mayAdministrate(by)
  yield* ensureOther(by, id)
  yield* ensureFresh(by)
  return yield* (yield* Transaction).atomically(giveRole(by, id, role))
})

const ban = Effect.fnUntraced(function* (by: Administrator, id: UserId, reason: string) {
  yield* ensureAnotherAdministrator(id)
  const now = yield* DateTime.now
  const banned = yield* (yield* UserAdministration).ban(id, reason, now)
  const found = yield* find(id)
  if (!banned) return found
  const context = contextBy(by)
  yield* (yield* Sessions).revokeAll(id, "banned", now, undefined)
  yield* (yield* Principals).invalidate(id)
  yield* (yield* Outbox).append([
    userBanned(id, { reason }, context),
    ...mailToOwner(found.user, (to, username) => ({ template: "account_banned", to, username, reason }), context)
  ])
  return found
})

/** Shuts somebody out: every session ends on every process, logging in is refused. Who is banned already stays so. */
export const banUser = Effect.fn("accounts.banUser")(function* (by: Administrator, id: UserId, reason: string) {
  yield* mayAdministrate(by)
  yield* ensureOther(by, id)
  yield* ensureFresh(by)
  return yield* (yield* Transaction).atomically(ban(by, id, reason))
})

const unban = Effect.fnUntraced(function* (by: Administrator, id: UserId) {
  const unbanned = yield* (yield* UserAdministration).unban(id)
  const found = yield* find(id)
  if (!unbanned) return found
  const context = contextBy(by)
  yield* (yield* Principals).invalidate(id)
  yield* (yield* Outbox).append([
    userUnbanned(id, {}, context),
    ...mailToOwner(found.user, (to, username) => ({ template: "account_unbanned", to, username }), context)
  ])
  return found
})

/** Ends a ban; sessions that it ended stay ended. */
export const unbanUser = Effect.fn("accounts.unbanUser")(function* (by: Administrator, id: UserId) {
  yield* mayAdministrate(by)
  yield* ensureFresh(by)
  return yield* (yield* Transaction).atomically(unban(by, id))
})
