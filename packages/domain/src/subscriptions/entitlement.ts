import { DateTime } from "effect"
import { graceEndsAt } from "./dunning.ts"
import type { PlanId } from "./plan.ts"
import type { SubscriptionStatus } from "./status.ts"

/** What entitlement asks of somebody's latest subscription. */
export interface Standing {
  readonly plan: PlanId
  readonly status: SubscriptionStatus
  /** Of the running period, or of the trial; null for the free plan and before the first payment. */
  readonly periodEnd: DateTime.Utc | null
  readonly cancelAtPeriodEnd: boolean
  /** The invoice of the running period is paid. A trial has none. */
  readonly isPaid: boolean
}

/** What somebody may do. */
export interface Entitlement {
  /** The plan whose rights they have; everybody has those of the free one. */
  readonly plan: PlanId
  /** When that ends unless something is paid; null: not by itself. */
  readonly until: DateTime.Utc | null
  /** The plan they asked for and have no right to before they have paid. */
  readonly unpaid: PlanId | null
}

const free: Entitlement = { plan: "free", until: null, unpaid: null }
const unpaid = (plan: PlanId): Entitlement => ({ ...free, unpaid: plan })

/** Until when the right lasts: a running renewal and dunning have the days of grace, a cancellation has not. */
const rightEnds = ({ status, periodEnd, cancelAtPeriodEnd, isPaid }: Standing): DateTime.Utc | undefined => {
  if (periodEnd === null) return undefined
  switch (status) {
    case "trialing":
      return cancelAtPeriodEnd ? periodEnd : graceEndsAt(periodEnd)
    case "active":
      if (!isPaid) return undefined
      return cancelAtPeriodEnd ? periodEnd : graceEndsAt(periodEnd)
    case "past_due":
      return graceEndsAt(periodEnd)
    case "pending_payment":
    case "expired":
    case "canceled":
      return undefined
  }
}

/** It was cancelled: when its period is over nothing is owed any longer. */
const isEnding = ({ status, cancelAtPeriodEnd }: Standing): boolean =>
  cancelAtPeriodEnd && (status === "trialing" || status === "active")

/**
 * What somebody is entitled to (05-decisions, "Payment failure"): the free plan, a running trial, an active subscription
 * with a paid invoice for its period, or the seven days after a period's end in which the next one is being paid. A
 * pending payment never counts. Whoever asks whether somebody may do something asks this.
 */
export const entitlement = (standing: Standing | undefined, at: DateTime.Utc): Entitlement => {
  if (standing === undefined || standing.plan === "free") return free
  if (standing.status === "expired" || standing.status === "canceled") return free
  const until = rightEnds(standing)
  if (until === undefined || !DateTime.isLessThan(at, until)) return isEnding(standing) ? free : unpaid(standing.plan)
  return { plan: standing.plan, until, unpaid: null }
}
