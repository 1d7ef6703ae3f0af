import { DateTime, Effect, Option } from "effect"
import { contextOf, type InSession, isContentCreatorRole, Outbox, Transaction, type UserId } from "../kernel/index.ts"
import { EmailNotVerified, UserNotFound } from "./errors.ts"
import { userUpgradedToCreator } from "./events.ts"
import { Principals, Users } from "./ports.ts"
import type { User } from "./user.ts"

const find = Effect.fnUntraced(function* (id: UserId) {
  return yield* Option.match(yield* (yield* Users).byId(id), {
    onNone: () => Effect.fail(new UserNotFound()),
    onSome: Effect.succeed
  })
})

const alreadyElevated = ({ role, promotedToCreatorAt }: User) => ({ alreadyElevated: true, role, promotedToCreatorAt })

const promote = Effect.fnUntraced(function* (actor: InSession) {
  const user = yield* find(actor.userId)
  if (isContentCreatorRole(user.role)) return alreadyElevated(user)
  if (!user.isVerified) return yield* new EmailNotVerified()
  const now = yield* DateTime.now
  if (!(yield* (yield* Users).promoteToCreator(user.id, now))) return alreadyElevated(yield* find(user.id))
  yield* (yield* Principals).invalidate(user.id)
  yield* (yield* Outbox).append([
    userUpgradedToCreator(user.id, { from_role: user.role, to_role: "creator" }, contextOf(actor))
  ])
  return { alreadyElevated: false, role: "creator" as const, promotedToCreatorAt: now }
})

/**
 * Makes a listener a creator, one way (10-accounts, "Creator upgrade"). Two requests at once promote once: the update is
 * guarded by the role it leaves. The token in hand acts with the new role at once.
 */
export const upgradeCreator = Effect.fn("accounts.upgradeCreator")(function* (actor: InSession) {
  return yield* (yield* Transaction).atomically(promote(actor))
})
