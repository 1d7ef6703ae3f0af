import { DateTime, Effect, Option } from "effect"
import type { UserId } from "../kernel/index.ts"
import { entitlement } from "./entitlement.ts"
import { Subscriptions } from "./ports.ts"

/** What somebody is entitled to at this moment. */
export const entitlementOf = Effect.fn("subscriptions.entitlementOf")(function* (userId: UserId) {
  const standing = yield* (yield* Subscriptions).standingOf(userId)
  return entitlement(Option.getOrUndefined(standing), yield* DateTime.now)
})
