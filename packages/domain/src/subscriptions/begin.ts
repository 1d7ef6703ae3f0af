import { DateTime } from "effect"
import type { UserId } from "../kernel/index.ts"
import type { Decision } from "./decision.ts"
import {
  InvoiceDraft,
  type InvoiceId,
  type InvoiceKind,
  type InvoiceLine,
  type SubscriptionId,
  totalsOf
} from "./invoice.ts"
import { type Period, periodFrom } from "./periods.ts"
import type { BillingCycle, Plan } from "./plan.ts"
import { planLine } from "./proration.ts"
import { paidFor } from "./settle.ts"
import { Subscription } from "./subscription.ts"

/** What a draft is drawn up for. */
interface Drafted {
  readonly id: InvoiceId
  readonly subscription: Pick<Subscription, "id" | "userId">
  readonly kind: InvoiceKind
  readonly plan: Plan
  readonly cycle: BillingCycle
  readonly anchorAt: DateTime.Utc
  readonly period: Period
  readonly lines: ReadonlyArray<InvoiceLine>
  readonly taxRateBps: number
  readonly at: DateTime.Utc
}

export const draftOf = (given: Drafted): InvoiceDraft =>
  new InvoiceDraft({
    id: given.id,
    subscriptionId: given.subscription.id,
    userId: given.subscription.userId,
    kind: given.kind,
    plan: given.plan.id,
    planVersion: given.plan.version,
    cycle: given.cycle,
    anchorAt: given.anchorAt,
    periodStart: given.period.start,
    periodEnd: given.period.end,
    currency: given.plan.currency,
    ...totalsOf(given.lines, given.taxRateBps),
    lines: given.lines,
    createdAt: given.at
  })

export interface Beginning {
  readonly id: SubscriptionId
  /** An id for the first invoice, if there is one. */
  readonly invoiceId: InvoiceId
  readonly userId: UserId
  readonly plan: Plan
  readonly cycle: BillingCycle
  /** They never had a trial. */
  readonly mayTry: boolean
  readonly taxRateBps: number
  readonly at: DateTime.Utc
}

const started = (given: Beginning, more: Partial<ConstructorParameters<typeof Subscription>[0]>): Subscription =>
  new Subscription({
    id: given.id,
    userId: given.userId,
    plan: given.plan.id,
    planVersion: given.plan.version,
    cycle: given.cycle,
    status: "active",
    anchorAt: given.at,
    periodStart: given.at,
    periodEnd: null,
    trialEndsAt: null,
    trialRemindedAt: null,
    cancelAtPeriodEnd: false,
    nextPlan: null,
    nextCycle: null,
    invoiceId: null,
    waitingSince: null,
    failedAt: null,
    retries: 0,
    createdAt: given.at,
    updatedAt: given.at,
    endedAt: null,
    revision: 1,
    ...more
  })

/**
 * Begins a subscription (30-subscriptions, "Subscribe"): free at once, with a trial, or waiting for its first payment. A
 * plan whose price is nothing for the time being is had at once, for one period.
 */
export const begin = (given: Beginning): Decision => {
  const { plan, cycle, at } = given
  if (plan.id === "free") return { subscription: started(given, {}), voids: [], steps: ["created", "activated"] }
  if (given.mayTry && plan.trialDays > 0) {
    const end = DateTime.add(at, { days: plan.trialDays })
    const subscription = started(given, { status: "trialing", anchorAt: end, periodEnd: end, trialEndsAt: end })
    return { subscription, voids: [], steps: ["created", "trial_started"] }
  }
  const period = periodFrom(at, at, cycle)
  const subscription = started(given, {
    status: "pending_payment",
    periodStart: null,
    invoiceId: given.invoiceId,
    waitingSince: at
  })
  const lines = [planLine(plan, cycle, period)]
  const issue = draftOf({ ...given, id: given.invoiceId, subscription, kind: "period", anchorAt: at, period, lines })
  if (issue.totalMinor === 0) {
    const paid = paidFor(subscription, issue, at)
    return { ...paid, issue, steps: ["created", ...paid.steps] }
  }
  return {
    subscription,
    issue,
    charge: { invoiceId: given.invoiceId, offSession: false },
    voids: [],
    steps: ["created"]
  }
}
