import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { memoryAdapters } from "@veza/adapters/memory"
import { SubscriptionStep } from "@veza/domain/subscriptions"
import { anyBirth, anyLife, live, worldOn } from "../../support/lives/index.ts"
import { catalog } from "./ledger.ts"

describe("the use-cases of a subscription, whatever happens in whatever order, at every edge of the clock", () => {
  it("charge what they told, keep money for what they gave alone, and come to rest", async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(anyBirth, anyLife, fc.constantFrom(0, 777), async (birth, life, tax) => {
        const world = Layer.merge(worldOn(memoryAdapters, catalog, tax), TestClock.layer())
        for (const step of await Effect.runPromise(Effect.provide(live(birth, life), world))) seen.add(step)
      }),
      { numRuns: 250 }
    )
    // Rare ones may be missing of so many lives.
    const rare = ["change_lapsed", "change_revoked", "reactivated"]
    assert.includeMembers(
      [...seen],
      SubscriptionStep.literals.filter((step) => !rare.includes(step))
    )
  })
})
