import { describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { rateLimiterMemory } from "@veza/adapters/memory"
import { Database } from "@veza/adapters/postgres"
import { catalog } from "../properties/subscriptions/ledger.ts"
import { anyBirth, anyLife, live, worldOn } from "../support/lives/index.ts"
import { postgresAdapters } from "../support/postgres-adapters.ts"

/** The database keeps real time: what polls it must not be made to do so for months. */
const database = Layer.effectContext(TestClock.withLive(Layer.build(postgresAdapters)))

const pricesChange = Layer.effectDiscard(
  Effect.flatMap(Database, ({ sql }) =>
    Effect.forEach(
      catalog.filter(({ version }) => version > 1),
      ({ id, version, name, monthlyMinor, yearlyMinor, currency, trialDays, rank, soldFrom }) => sql`
        INSERT INTO plans (id, version, name, monthly_minor, yearly_minor, currency, trial_days, rank, features, sold_from)
        VALUES (${id}, ${version}, ${name}, ${monthlyMinor}, ${yearlyMinor}, ${currency}, ${trialDays}, ${rank}, '{}',
          ${DateTime.toDate(soldFrom)})`
    )
  )
)

describe("the use-cases of a subscription on PostgreSQL, whatever happens at once and wherever a process dies", () => {
  it("charge what they told, keep money for what they gave alone, and come to rest", async () => {
    await fc.assert(
      fc.asyncProperty(anyBirth, anyLife, async (birth, life) => {
        const adapters = pricesChange.pipe(Layer.provideMerge(Layer.merge(database, rateLimiterMemory)))
        const world = worldOn(adapters, catalog, 0).pipe(Layer.provideMerge(TestClock.layer()))
        await Effect.runPromise(Effect.provide(live(birth, life), world))
      }),
      { numRuns: 10, endOnFailure: true }
    )
  })
})
