import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import fc from "fast-check"
import { BillingCycle, dueAt, monthsAfter, PlanId, secondsBetween } from "@veza/domain/subscriptions"
import { type Happening, Ledger } from "./ledger.ts"

const day = 86_400
const anyStart = fc
  .date({ min: new Date("2023-12-25T00:00:00Z"), max: new Date("2024-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => DateTime.makeUnsafe(date))
const anyCycle = fc.constantFrom(...BillingCycle.literals)
const anyPlan = fc.constantFrom(...PlanId.literals)
const anyOutcome = fc.constantFrom("succeeded", "succeeded", "failed" as const)
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    _tag: fc.constant("Subscribe" as const),
    plan: fc.constantFrom("creator", "premium", "free"),
    cycle: anyCycle
  }),
  fc.record({ _tag: fc.constant("Answer" as const), which: fc.nat(20), outcome: anyOutcome }),
  fc.record({ _tag: fc.constant("Answer" as const), which: fc.nat(20), outcome: anyOutcome }),
  fc.constant<Happening>({ _tag: "Pay" }),
  fc.constant<Happening>({ _tag: "Cancel" }),
  fc.constant<Happening>({ _tag: "Reactivate" }),
  fc.record({ _tag: fc.constant("ChangePlan" as const), plan: anyPlan }),
  fc.record({ _tag: fc.constant("ChangeCycle" as const), cycle: anyCycle }),
  fc.record({ _tag: fc.constant("Mandate" as const), known: fc.constantFrom(true, true, false) }),
  fc.record({ _tag: fc.constant("Ban" as const), isBanned: fc.constantFrom(true, false, false, false) }),
  fc.record({
    _tag: fc.constant("Wait" as const),
    seconds: fc.oneof(fc.nat(2 * day), fc.nat(40 * day), fc.nat(400 * day)),
    workerRuns: fc.boolean()
  })
)
const anyTimeline = fc.array(anyHappening, { minLength: 5, maxLength: 60, size: "max" })

describe("a subscription, whatever happens to it", () => {
  it("conserves money, bills a period once, and gives no paid plan without payment", () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(anyStart, anyTimeline, fc.constantFrom(0, 2000, 777), (start, timeline, taxRateBps) => {
        const ledger = new Ledger(start, taxRateBps)
        for (const event of timeline) {
          ledger.happen(event)
          ledger.check()
          const status = ledger.latest?.status ?? "none"
          seen.set(status, (seen.get(status) ?? 0) + 1)
        }
      }),
      { numRuns: 1500 }
    )
    for (const status of ["pending_payment", "trialing", "active", "past_due", "expired", "canceled"]) {
      assert.isAbove(seen.get(status) ?? 0, 100, `timelines come by ${status}`)
    }
  })

  it("keeps its anchor: every boundary is whole months from it, on its day or on the month's last", () =>
    fc.assert(
      fc.property(anyStart, anyTimeline, (start, timeline) => {
        const ledger = new Ledger(start)
        for (const event of timeline) {
          ledger.happen(event)
          const { anchorAt, periodEnd, status } = ledger.latest ?? {}
          if (anchorAt === undefined || periodEnd === undefined || periodEnd === null || status !== "active") continue
          const [from, to] = [DateTime.toPartsUtc(anchorAt), DateTime.toPartsUtc(periodEnd)]
          const months = (to.year - from.year) * 12 + to.month - from.month
          assert.strictEqual(DateTime.formatIso(periodEnd), DateTime.formatIso(monthsAfter(anchorAt, months)))
        }
      }),
      { numRuns: 500 }
    ))

  it("comes to rest: after the worker has run nothing is due, and it is told when the next thing is", () =>
    fc.assert(
      fc.property(anyStart, anyTimeline, (start, timeline) => {
        const ledger = new Ledger(start)
        for (const event of timeline) {
          ledger.happen(event)
          ledger.runWorker()
          const due = ledger.running && dueAt(ledger.running)
          if (due) assert.isTrue(DateTime.isGreaterThan(due, ledger.now))
          const { waitingSince } = ledger.running ?? {}
          if (!waitingSince || ledger.running?.status === "past_due") continue
          assert.isBelow(secondsBetween(waitingSince, ledger.now), day)
        }
      }),
      { numRuns: 500 }
    ))
})
