import { DateTime, Schema } from "effect"
import { Currency } from "../kernel/index.ts"

export const PlanId = Schema.Literals(["free", "creator", "premium"])
export type PlanId = typeof PlanId.Type

export const BillingCycle = Schema.Literals(["monthly", "yearly"])
export type BillingCycle = typeof BillingCycle.Type

/**
 * A plan as it is sold from a moment on. A new price is a new version: it counts for periods that begin later and never
 * touches a running one (30-subscriptions, "Plans").
 */
export class Plan extends Schema.Class<Plan>("Plan")({
  id: PlanId,
  version: Schema.Int,
  name: Schema.String,
  /** For a month, in minor units. */
  monthlyMinor: Schema.Int,
  /** For a year, in minor units: ten months' worth. */
  yearlyMinor: Schema.Int,
  currency: Currency,
  /** Days free of charge for whoever never had a trial; 0: none. */
  trialDays: Schema.Int,
  /** A plan of a higher rank holds everything that those below do. */
  rank: Schema.Int,
  features: Schema.Array(Schema.String),
  soldFrom: Schema.DateTimeUtc
}) {}

/** Every version of every plan. */
export type Catalog = ReadonlyArray<Plan>

/** What a plan costs for one period, in minor units. */
export const priceOf = (plan: Plan, cycle: BillingCycle): number =>
  cycle === "monthly" ? plan.monthlyMinor : plan.yearlyMinor

/** Months of one period. */
export const monthsOf = (cycle: BillingCycle): number => (cycle === "monthly" ? 1 : 12)

/** The version of a plan that is sold at a moment. */
export const planAt = (catalog: Catalog, id: PlanId, at: DateTime.Utc): Plan | undefined =>
  catalog
    .filter((plan) => plan.id === id && !DateTime.isGreaterThan(plan.soldFrom, at))
    .toSorted((a, b) => b.version - a.version)[0]

/** What is sold at a moment, the least first. */
export const plansAt = (catalog: Catalog, at: DateTime.Utc): ReadonlyArray<Plan> =>
  PlanId.literals.flatMap((id) => planAt(catalog, id, at) ?? []).toSorted((a, b) => a.rank - b.rank)

/** A certain version of a plan, whatever is sold now. */
export const planVersion = (catalog: Catalog, id: PlanId, version: number): Plan | undefined =>
  catalog.find((plan) => plan.id === id && plan.version === version)
