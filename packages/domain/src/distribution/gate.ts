import { Effect } from "effect"
import type { UserId } from "../kernel/index.ts"
import { DistributionNotIncluded, SubscriptionUnpaid } from "./errors.ts"
import { DistributionRights } from "./ports.ts"

/** Refuses whoever's plan does not reach to stores, or is not paid for (40-distribution, "Gate"). */
export const requireDistribution = Effect.fnUntraced(function* (user: UserId) {
  const right = yield* (yield* DistributionRights).of(user)
  if (right === "none") return yield* new DistributionNotIncluded()
  if (right === "unpaid") return yield* new SubscriptionUnpaid()
})
