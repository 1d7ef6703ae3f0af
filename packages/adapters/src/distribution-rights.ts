import { Effect, Layer } from "effect"
import { DistributionRights } from "@veza/domain/distribution"
import { entitlementOf, Subscriptions } from "@veza/domain/subscriptions"

/** Who may distribute is for subscriptions to say (40-distribution, "Gate"): every paid plan reaches to the stores. */
export const distributionRights = Layer.effect(
  DistributionRights,
  Effect.map(Subscriptions, (subscriptions) =>
    DistributionRights.of({
      of: (user) =>
        Effect.map(Effect.provideService(entitlementOf(user), Subscriptions, subscriptions), ({ plan, unpaid }) => {
          if (plan !== "free") return "granted"
          return unpaid === null ? "none" : "unpaid"
        })
    })
  )
)
