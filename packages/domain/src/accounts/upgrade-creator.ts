import { DateTime, Effect, Option } from "effect"
import { isContentCreatorRole, Outbox, type SignedIn, Transaction } from "../kernel/index.ts"
import { EmailNotVerified, UserNotFound } from "./errors.ts"
import { contextOf, userUpgradedToCreator } from "./events.ts"
import { Principals, Users } from "./ports.ts"

/**
 * Makes a listener a creator, one way (10-accounts, "Creator upgrade"). Two requests at once promote once: the update is
 * guarded by the role it leaves. The token in hand acts with the new role at once.
 */
export const upgradeCreator = Effect.fn("accounts.upgradeCreator")(function* (actor: SignedIn) {
  const users = yield* Users
  const principals = yield* Principals
  const outbox = yield* Outbox
  const now = yield* DateTime.now
  return yield* (yield* Transaction).atomically(
    Effect.gen(function* () {
      const user = Option.getOrUndefined(yield* users.byId(actor.userId))
      if (user === undefined) return yield* new UserNotFound()
      const already = { alreadyElevated: true, role: user.role, promotedToCreatorAt: user.promotedToCreatorAt }
      if (isContentCreatorRole(user.role)) return already
      if (!user.isVerified) return yield* new EmailNotVerified()
      if (!(yield* users.promoteToCreator(user.id, now))) {
        const winner = Option.getOrUndefined(yield* users.byId(user.id))
        if (winner === undefined) return yield* new UserNotFound()
        return { alreadyElevated: true, role: winner.role, promotedToCreatorAt: winner.promotedToCreatorAt }
      }
      yield* principals.invalidate(user.id)
      yield* outbox.append([userUpgradedToCreator(user.id, { from_role: user.role, to_role: "creator" }, contextOf(actor))])
      return { alreadyElevated: false, role: "creator" as const, promotedToCreatorAt: now }
    })
  )
})
