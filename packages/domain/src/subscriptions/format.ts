import { DateTime } from "effect"
import { type Invoice, taxOn } from "./invoice.ts"
import { type BillingCycle, type Catalog, type Plan, planVersion, priceOf } from "./plan.ts"
import type { Subscription } from "./subscription.ts"

/** An amount for people, with the digits of its currency (ISO 4217): `19.99 USD`. */
export const formatAmount = (minor: number, currency: string): string => {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat("en", {
    style: "currency",
    currency
  }).resolvedOptions()
  const text = String(Math.abs(minor)).padStart(digits + 1, "0")
  const whole = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return `${minor < 0 ? "-" : ""}${whole} ${currency}`
}

/** A plan for people: `Premium, yearly`; the free one has no cycle. */
export const planTitle = (plan: Pick<Plan, "id" | "name">, cycle: BillingCycle): string =>
  plan.id === "free" ? plan.name : `${plan.name}, ${cycle}`

/** What somebody has, for people. */
export const titleOf = (catalog: Catalog, { plan, planVersion: version, cycle }: Subscription): string => {
  const found = planVersion(catalog, plan, version)
  return found === undefined ? plan : planTitle(found, cycle)
}

export const dayOfDate = (at: DateTime.Utc | null): string | null => at && DateTime.formatIsoDateUtc(at)

export const totalText = ({ totalMinor, currency }: Pick<Invoice, "totalMinor" | "currency">): string =>
  formatAmount(totalMinor, currency)

/** What a period will be charged with, its tax included. */
export const priceText = (plan: Plan, cycle: BillingCycle, taxRateBps: number): string => {
  const net = priceOf(plan, cycle)
  return formatAmount(net + taxOn(net, taxRateBps), plan.currency)
}
