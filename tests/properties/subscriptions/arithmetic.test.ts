import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import fc from "fast-check"
import {
  BillingCycle,
  entitlement,
  formatAmount,
  graceEndsAt,
  invoiceNumber,
  longerCycleLines,
  monthsAfter,
  nextPeriod,
  nextRetryAt,
  periodFrom,
  PlanId,
  planAt,
  priceOf,
  retriesDue,
  retryDays,
  secondsBetween,
  type Standing,
  SubscriptionStatus,
  taxOn,
  totalsOf,
  upgradeLines,
  valueFrom
} from "@veza/domain/subscriptions"
import { catalog, soldAt } from "./ledger.ts"

const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)
const day = (when: DateTime.Utc): string => DateTime.formatIsoDateUtc(when)
const anyMoment = fc
  .date({ min: new Date("2020-01-01T00:00:00Z"), max: new Date("2060-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => DateTime.makeUnsafe(date))
const anyCycle = fc.constantFrom(...BillingCycle.literals)
/** A period, and a moment in it. */
const anyPartOfPeriod = fc
  .tuple(anyMoment, anyCycle, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([start, cycle, part]) => {
    const period = periodFrom(start, start, cycle)
    const seconds = Math.floor(part * secondsBetween(period.start, period.end))
    return { period, cycle, at: DateTime.add(start, { seconds }) }
  })

describe("the boundaries of periods", () => {
  it("fall on the anchor's day, or on the last of a month that has no such day", () => {
    const months = Array.from({ length: 14 }, (_, n) => day(monthsAfter(at("2027-12-31T10:00:00Z"), n)))
    assert.deepStrictEqual(months.slice(0, 5), ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"])
    assert.deepStrictEqual(months.slice(12), ["2028-12-31", "2029-01-31"])
    assert.strictEqual(day(monthsAfter(at("2028-02-29T00:00:00Z"), 12)), "2029-02-28")
    assert.strictEqual(day(monthsAfter(at("2028-02-29T00:00:00Z"), 48)), "2032-02-29")
    fc.assert(
      fc.property(anyMoment, fc.nat(600), (anchor, n) => {
        const [from, to] = [DateTime.toPartsUtc(anchor), DateTime.toPartsUtc(monthsAfter(anchor, n))]
        assert.strictEqual(to.year * 12 + to.month, from.year * 12 + from.month + n)
        assert.strictEqual(to.day, Math.min(from.day, new Date(Date.UTC(to.year, to.month, 0)).getUTCDate()))
        assert.deepStrictEqual(
          [to.hour, to.minute, to.second, to.millisecond],
          [from.hour, from.minute, from.second, from.millisecond]
        )
      })
    )
  })

  it("join on: a period begins where the one before it ended", () =>
    fc.assert(
      fc.property(anyMoment, fc.array(anyCycle, { minLength: 1, maxLength: 20 }), (anchor, cycles) => {
        let end = anchor
        for (const cycle of cycles) {
          const period = nextPeriod(anchor, end, cycle, end)
          assert.isTrue(DateTime.Equivalence(period.start, end))
          assert.isTrue(DateTime.isGreaterThan(period.end, period.start))
          end = period.end
        }
      })
    ))

  it("leave out what passed without being billed, and nothing else", () =>
    fc.assert(
      fc.property(anyMoment, anyCycle, fc.nat(2000), (anchor, cycle, days) => {
        const first = periodFrom(anchor, anchor, cycle)
        const now = DateTime.add(first.end, { days })
        const { start, end } = nextPeriod(anchor, first.end, cycle, now)
        assert.isFalse(DateTime.isGreaterThan(start, now))
        assert.isTrue(DateTime.isGreaterThan(end, now))
      })
    ))
})

describe("proration", () => {
  const [creator, premium] = [
    soldAt("creator", at("2024-01-01T00:00:00Z")),
    soldAt("premium", at("2024-01-01T00:00:00Z"))
  ]
  const sum = (lines: ReadonlyArray<{ readonly amount_minor: number }>) =>
    lines.reduce((total, line) => total + line.amount_minor, 0)

  it("values what is left to the second: all at the beginning, nothing at the end, less as time goes by", () =>
    fc.assert(
      fc.property(anyPartOfPeriod, fc.nat(100_000), fc.nat(10_000_000), (part, price, seconds) => {
        const value = valueFrom(price, part.period, part.at)
        assert.isTrue(Number.isSafeInteger(value) && value >= 0 && value <= price)
        assert.strictEqual(valueFrom(price, part.period, part.period.start), price)
        assert.strictEqual(valueFrom(price, part.period, part.period.end), 0)
        assert.isAtMost(valueFrom(price, part.period, DateTime.add(part.at, { seconds })), value)
        const [left, whole] = [
          secondsBetween(part.at, part.period.end),
          secondsBetween(part.period.start, part.period.end)
        ]
        assert.isAtMost(Math.abs(value - (price * left) / whole), 1)
      })
    ))

  it("charges for a better plan what is left of it less what is left of the old one, never less than nothing", () =>
    fc.assert(
      fc.property(anyPartOfPeriod, ({ period, cycle, at: when }) => {
        for (const [from, to] of [[creator, premium] as const, [premium, creator] as const]) {
          const lines = upgradeLines(from, to, cycle, period, when)
          const [charge, credit] = [
            valueFrom(priceOf(to, cycle), period, when),
            valueFrom(priceOf(from, cycle), period, when)
          ]
          assert.strictEqual(sum(lines), Math.max(0, charge - credit))
          assert.isTrue(
            lines.every(({ kind, amount_minor }) => (kind === "credit" ? amount_minor <= 0 : amount_minor >= 0))
          )
        }
      })
    ))

  it("charges a year less what is left of the month, and no more is credited than the month cost", () =>
    fc.assert(
      fc.property(anyMoment, fc.nat(2_419_200), (start, seconds) => {
        const period = periodFrom(start, start, "monthly")
        const now = DateTime.add(start, { seconds })
        const year = periodFrom(now, now, "yearly")
        const plan = { old: creator, now: creator }
        const lines = longerCycleLines(plan, { cycle: "monthly", period }, { cycle: "yearly", period: year }, now)
        assert.strictEqual(sum(lines), 9990 - valueFrom(999, period, now))
      })
    ))

  it("adds tax once, to the sum of the lines", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 })), fc.nat(10_000), (amounts, rate) => {
        const when = at("2026-01-01T00:00:00Z")
        const lines = amounts.map((amount_minor) => ({
          kind: "plan" as const,
          description: "",
          amount_minor,
          period_start: when,
          period_end: when
        }))
        const { subtotalMinor, taxMinor, totalMinor } = totalsOf(lines, rate)
        assert.strictEqual(subtotalMinor, sum(lines))
        assert.strictEqual(totalMinor, subtotalMinor + taxMinor)
        assert.strictEqual(taxMinor, taxOn(subtotalMinor, rate))
        assert.isAtMost(Math.abs(taxMinor - (subtotalMinor * rate) / 10_000), 0.5)
      })
    ))
})

describe("dunning", () => {
  it("tries again 1, 3, 5 and 7 days after the first failure, and makes up for missed days by one try", () => {
    const failed = at("2026-05-10T00:00:00Z")
    const days = [0, 1, 2, 3, 4].map((retries) => nextRetryAt(failed, retries))
    assert.deepStrictEqual(
      days.map((when) => when && day(when)),
      ["2026-05-11", "2026-05-13", "2026-05-15", "2026-05-17", undefined]
    )
    fc.assert(
      fc.property(
        anyMoment,
        fc.oneof(
          fc.nat(20 * 86_400),
          fc.nat(20).map((n) => n * 86_400)
        ),
        (when, seconds) => {
          const due = retriesDue(when, DateTime.add(when, { seconds }))
          assert.strictEqual(due, retryDays.filter((days) => days * 86_400 <= seconds).length)
        }
      )
    )
  })
})

describe("entitlement", () => {
  const end = at("2026-05-10T00:00:00Z")
  const anyStanding: fc.Arbitrary<Standing> = fc.record({
    plan: fc.constantFrom(...PlanId.literals),
    status: fc.constantFrom(...SubscriptionStatus.literals),
    periodEnd: fc.constantFrom(null, end),
    cancelAtPeriodEnd: fc.boolean(),
    isPaid: fc.boolean()
  })

  it("is that of the free plan for whoever has nothing, or has ended it", () => {
    assert.deepStrictEqual(entitlement(undefined, end), { plan: "free", until: null, unpaid: null })
    for (const status of ["expired", "canceled"] as const) {
      const standing = { plan: "premium", status, periodEnd: end, cancelAtPeriodEnd: false, isPaid: true } as const
      assert.deepStrictEqual(entitlement(standing, DateTime.subtract(end, { days: 1 })).plan, "free")
    }
  })

  it("never passes a pending payment, an active subscription that is not paid, or anything after the days of grace", () =>
    fc.assert(
      fc.property(anyStanding, fc.integer({ min: -30, max: 30 }), (standing, days) => {
        const now = DateTime.add(end, { days })
        const { plan, until, unpaid } = entitlement(standing, now)
        if (plan === "free") return assert.isTrue(until === null && (unpaid === null || unpaid === standing.plan))
        assert.strictEqual(plan, standing.plan)
        assert.isNull(unpaid)
        assert.include(["trialing", "active", "past_due"], standing.status)
        if (standing.status === "active") assert.isTrue(standing.isPaid)
        assert.isTrue(DateTime.isLessThan(now, graceEndsAt(end)))
        if (standing.cancelAtPeriodEnd && standing.status !== "past_due") assert.isBelow(days, 0)
        assert.isTrue(until !== null && DateTime.isLessThan(now, until))
      }),
      { numRuns: 3000 }
    ))

  it("says that nothing is owed when what was cancelled is over", () => {
    for (const status of ["trialing", "active"] as const) {
      const standing = { plan: "premium", status, periodEnd: end, cancelAtPeriodEnd: true, isPaid: true } as const
      assert.strictEqual(entitlement(standing, DateTime.subtract(end, { seconds: 1 })).plan, "premium")
      assert.deepStrictEqual(entitlement(standing, end), { plan: "free", until: null, unpaid: null })
    }
  })

  it("says which plan waits for a payment, and says so of no other", () => {
    const pending = {
      plan: "creator",
      status: "pending_payment",
      periodEnd: null,
      cancelAtPeriodEnd: false,
      isPaid: false
    } as const
    assert.deepStrictEqual(entitlement(pending, end), { plan: "free", until: null, unpaid: "creator" })
    assert.isNull(entitlement({ ...pending, status: "expired" }, end).unpaid)
  })
})

describe("the catalogue", () => {
  it("sells each plan at the version of the day", () => {
    assert.strictEqual(planAt(catalog, "premium", at("2024-08-31T23:59:59Z"))?.monthlyMinor, 1999)
    assert.strictEqual(planAt(catalog, "premium", at("2024-09-01T00:00:00Z"))?.monthlyMinor, 2199)
    assert.isUndefined(planAt(catalog, "premium", at("1999-01-01T00:00:00Z")))
  })
})

describe("what people read", () => {
  it("has the digits of its currency, and numbers in the order of their issue", () => {
    assert.strictEqual(formatAmount(1999, "USD"), "19.99 USD")
    assert.strictEqual(formatAmount(-5, "USD"), "-0.05 USD")
    assert.strictEqual(formatAmount(1999, "JPY"), "1999 JPY")
    assert.strictEqual(invoiceNumber(2026, 42), "VZ-2026-000042")
  })
})
