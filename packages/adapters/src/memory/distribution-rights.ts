import { Context, Effect, Layer } from "effect"
import type { UserId } from "@veza/domain/kernel"
import { type DistributionRight, DistributionRights } from "@veza/domain/distribution"

/** What the in-memory `DistributionRights` know: whoever plays the part of subscriptions puts it there. */
export class KnownRights extends Context.Service<
  KnownRights,
  { readonly put: (user: UserId, right: DistributionRight) => Effect.Effect<void> }
>()("@veza/adapters/memory/KnownRights") {}

export const distributionRightsMemory = Layer.effectContext(
  Effect.sync(() => {
    const known = new Map<UserId, DistributionRight>()
    return Context.make(
      DistributionRights,
      DistributionRights.of({ of: (user) => Effect.sync(() => known.get(user) ?? "none") })
    ).pipe(
      Context.add(KnownRights, {
        put: (user, right) =>
          Effect.sync(() => {
            known.set(user, right)
          })
      })
    )
  })
)
