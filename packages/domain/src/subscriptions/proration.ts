import { DateTime } from "effect"
import type { InvoiceLine } from "./invoice.ts"
import { type Period, secondsBetween } from "./periods.ts"
import { type BillingCycle, type Plan, priceOf } from "./plan.ts"

/** The part of a price that falls to the seconds of a period from `at` on; whole minor units, rounded down. */
export const valueFrom = (priceMinor: number, period: Period, at: DateTime.Utc): number => {
  const whole = secondsBetween(period.start, period.end)
  const left = Math.min(whole, secondsBetween(at, period.end))
  return whole === 0 ? 0 : Number((BigInt(priceMinor) * BigInt(left)) / BigInt(whole))
}

const cycleWord = (cycle: BillingCycle): string => (cycle === "monthly" ? "month" : "year")

/** The line of a whole period. */
export const planLine = (plan: Plan, cycle: BillingCycle, period: Period): InvoiceLine => ({
  kind: "plan",
  description: `${plan.name}, 1 ${cycleWord(cycle)}`,
  amount_minor: priceOf(plan, cycle),
  period_start: period.start,
  period_end: period.end
})

/** The credit for what is left of a period that was paid for; never more than what is charged against it. */
const creditLine = (
  plan: Plan,
  cycle: BillingCycle,
  period: Period,
  at: DateTime.Utc,
  atMost: number
): InvoiceLine => ({
  kind: "credit",
  description: `Unused time of ${plan.name}`,
  amount_minor: -Math.min(atMost, valueFrom(priceOf(plan, cycle), period, at)) || 0,
  period_start: at,
  period_end: period.end
})

/**
 * A better plan for the rest of a period: charged for what is left of it, to the second, with what is left of the old
 * plan taken off. Never negative.
 */
export const upgradeLines = (
  from: Plan,
  to: Plan,
  cycle: BillingCycle,
  period: Period,
  at: DateTime.Utc
): ReadonlyArray<InvoiceLine> => {
  const charge: InvoiceLine = {
    kind: "proration",
    description: `${to.name} for the rest of the ${cycleWord(cycle)}`,
    amount_minor: valueFrom(priceOf(to, cycle), period, at),
    period_start: at,
    period_end: period.end
  }
  return [charge, creditLine(from, cycle, period, at, charge.amount_minor)]
}

/** A year from now on, with what is left of the month taken off. Never negative. */
export const longerCycleLines = (
  plan: { readonly old: Plan; readonly now: Plan },
  from: { readonly cycle: BillingCycle; readonly period: Period },
  to: { readonly cycle: BillingCycle; readonly period: Period },
  at: DateTime.Utc
): ReadonlyArray<InvoiceLine> => {
  const charge = planLine(plan.now, to.cycle, to.period)
  return [charge, creditLine(plan.old, from.cycle, from.period, at, charge.amount_minor)]
}
