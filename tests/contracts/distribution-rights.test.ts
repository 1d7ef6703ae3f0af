import { DateTime, Effect, Layer } from "effect"
import { distributionRights } from "@veza/adapters/distribution-rights"
import { KnownRights, memoryAdapters } from "@veza/adapters/memory"
import { Ids } from "@veza/domain/kernel"
import { Subscription, Subscriptions } from "@veza/domain/subscriptions"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { distributionRightsContract, GiveRight } from "./distribution-rights.contract.ts"
import { beginning } from "./subscriptions.samples.ts"

const known = Layer.effect(
  GiveRight,
  Effect.map(KnownRights, ({ put }) => GiveRight.of({ give: put }))
)

/** A trial that runs, and a subscription that waits for its first payment. */
const subscribed = Layer.effect(
  GiveRight,
  Effect.map(Effect.context<Subscriptions | Ids>(), (services) =>
    GiveRight.of({
      give: (user, right) =>
        Effect.gen(function* () {
          const { subscription } = yield* beginning(user, "premium")
          const periodStart = yield* DateTime.now
          const periodEnd = DateTime.add(periodStart, { days: 14 })
          const trial = { status: "trialing", periodStart, periodEnd, trialEndsAt: periodEnd } as const
          const given = right === "granted" ? new Subscription({ ...subscription, ...trial }) : subscription
          yield* Subscriptions.use((subscriptions) => subscriptions.add(given))
        }).pipe(Effect.provide(services))
    })
  )
)

distributionRightsContract("memory", known.pipe(Layer.provideMerge(memoryAdapters)))
distributionRightsContract(
  "subscriptions in PostgreSQL",
  Layer.merge(distributionRights, subscribed).pipe(Layer.provideMerge(postgresAdapters))
)
