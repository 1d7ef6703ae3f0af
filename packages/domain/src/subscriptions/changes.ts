import { DateTime, Result } from "effect"
import { draftOf } from "./begin.ts"
import type { Decision, SubscriptionStep } from "./decision.ts"
import { SubscriptionConflict } from "./errors.ts"
import type { InvoiceId, InvoiceLine } from "./invoice.ts"
import { type Period, periodFrom } from "./periods.ts"
import { type BillingCycle, type Catalog, monthsOf, type Plan, type PlanId, planVersion } from "./plan.ts"
import { longerCycleLines, upgradeLines } from "./proration.ts"
import { paidFor } from "./settle.ts"
import { isRenewing, Subscription } from "./subscription.ts"

type Judged = Result.Result<Decision, SubscriptionConflict>
type Reason = SubscriptionConflict["reason"]

const refuse = ({ status }: Subscription, reason: Reason): Judged =>
  Result.fail(new SubscriptionConflict({ status, reason }))

const idle = { invoiceId: null, waitingSince: null } as const
const noChange = { nextPlan: null, nextCycle: null } as const

const open = ({ invoiceId }: Subscription): ReadonlyArray<InvoiceId> => (invoiceId === null ? [] : [invoiceId])

const decide = (
  subscription: Subscription,
  at: DateTime.Utc,
  more: Partial<Subscription>,
  step: SubscriptionStep
): Judged =>
  Result.succeed({
    subscription: new Subscription({
      ...subscription,
      ...more,
      updatedAt: at,
      revision: subscription.revision + 1
    }),
    voids: more.invoiceId === null ? open(subscription) : [],
    steps: [step]
  })

/** The running period is over, and what follows it is under way: nothing can be changed before that is settled. */
const isOver = (subscription: Subscription, at: DateTime.Utc): boolean =>
  isRenewing(subscription) || (subscription.periodEnd !== null && !DateTime.isLessThan(at, subscription.periodEnd))

/**
 * Ends a subscription: when its period does, or at once where it is not paid (05-decisions, "Payment failure"). A change
 * that was planned is given up with it.
 */
export const cancel = (subscription: Subscription, at: DateTime.Utc): Judged => {
  const { status, plan } = subscription
  const over = { ...idle, ...noChange, endedAt: at }
  if (status === "pending_payment") return decide(subscription, at, { ...over, status: "expired" }, "expired")
  if (status === "past_due") return decide(subscription, at, { ...over, status: "canceled" }, "canceled")
  if (plan === "free") return refuse(subscription, "free_plan")
  if (subscription.cancelAtPeriodEnd) return refuse(subscription, "already_canceled")
  if (isOver(subscription, at)) return refuse(subscription, "renewal_under_way")
  return decide(subscription, at, { ...idle, ...noChange, cancelAtPeriodEnd: true }, "cancellation_scheduled")
}

/** Takes a cancellation back, as long as the period lasts. */
export const reactivate = (subscription: Subscription, at: DateTime.Utc): Judged => {
  if (!subscription.cancelAtPeriodEnd) return refuse(subscription, "not_canceled")
  if (isOver(subscription, at)) return refuse(subscription, "already_canceled")
  return decide(subscription, at, { cancelAtPeriodEnd: false }, "reactivated")
}

export interface ChangeCircumstances {
  readonly catalog: Catalog
  readonly taxRateBps: number
  /** There is a method on file that may be charged without asking. */
  readonly hasMandate: boolean
  readonly invoiceId: InvoiceId
  /** The moment that unused time is counted from. */
  readonly at: DateTime.Utc
}

/** Why nothing about this subscription can be changed now. */
const changeBarred = (subscription: Subscription, at: DateTime.Utc): Reason | undefined => {
  const { status, plan, cancelAtPeriodEnd } = subscription
  if (status === "pending_payment" || status === "past_due") return "awaits_payment"
  if (plan === "free") return "free_plan"
  if (cancelAtPeriodEnd) return "ends_at_period_end"
  return isOver(subscription, at) ? "renewal_under_way" : undefined
}

interface Bought {
  readonly plan: Plan
  readonly cycle: BillingCycle
  readonly anchorAt: DateTime.Utc
  readonly period: Period
  readonly lines: ReadonlyArray<InvoiceLine>
}

/** What is better from now on is billed now, and had once it is paid; what costs nothing is had at once. */
const buy = (subscription: Subscription, bought: Bought, given: ChangeCircumstances): Judged => {
  const { at, invoiceId, hasMandate } = given
  const issue = draftOf({ ...given, ...bought, id: invoiceId, subscription, kind: "change" })
  const voids = open(subscription)
  if (issue.totalMinor === 0) return Result.succeed({ ...paidFor(subscription, issue, at), issue, voids })
  const waiting = new Subscription({
    ...subscription,
    invoiceId,
    waitingSince: at,
    updatedAt: at,
    revision: subscription.revision + 1
  })
  return Result.succeed({
    subscription: waiting,
    issue,
    charge: { invoiceId, offSession: hasMandate },
    voids,
    steps: []
  })
}

const schedule = (subscription: Subscription, at: DateTime.Utc, nextPlan: PlanId, nextCycle: BillingCycle): Judged =>
  decide(subscription, at, { ...idle, nextPlan, nextCycle }, "change_scheduled")

const revoke = (subscription: Subscription, at: DateTime.Utc, same: Reason): Judged =>
  subscription.nextPlan === null && subscription.invoiceId === null
    ? refuse(subscription, same)
    : decide(subscription, at, { ...idle, ...noChange }, "change_revoked")

const runningPlan = ({ catalog }: ChangeCircumstances, { plan, planVersion: version }: Subscription): Plan => {
  const found = planVersion(catalog, plan, version)
  if (found === undefined) throw new Error(`The catalogue has lost version ${version} of the plan ${plan}.`)
  return found
}

/**
 * Another plan (30-subscriptions): a better one at once, for the rest of the period; a lesser one, and anything within a
 * trial, when the period ends. Asking for the present one takes back what was asked for.
 */
export const changePlan = (subscription: Subscription, to: Plan, given: ChangeCircumstances): Judged => {
  const { at } = given
  const barred = changeBarred(subscription, at)
  if (barred !== undefined) return refuse(subscription, barred)
  if (to.id === subscription.plan) return revoke(subscription, at, "same_plan")
  if (to.id === "free") return cancel(subscription, at)
  const { status, cycle, anchorAt, periodStart: start, periodEnd: end } = subscription
  const from = runningPlan(given, subscription)
  if (status === "trialing" || to.rank <= from.rank || start === null || end === null) {
    return schedule(subscription, at, to.id, subscription.nextCycle ?? cycle)
  }
  const period = { start, end }
  return buy(
    subscription,
    { plan: to, cycle, anchorAt, period, lines: upgradeLines(from, to, cycle, period, at) },
    given
  )
}

/** Another cycle: a longer one begins at once, a shorter one when the period ends; a trial just changes what follows. */
export const changeCycle = (
  subscription: Subscription,
  to: BillingCycle,
  now: Plan,
  given: ChangeCircumstances
): Judged => {
  const { at } = given
  const barred = changeBarred(subscription, at)
  if (barred !== undefined) return refuse(subscription, barred)
  if (to === subscription.cycle) return revoke(subscription, at, "same_cycle")
  const { status, cycle, periodStart: start, periodEnd: end } = subscription
  if (status === "trialing") {
    const nextCycle = subscription.nextPlan === null ? null : to
    return decide(subscription, at, { cycle: to, nextCycle }, "plan_changed")
  }
  const old = runningPlan(given, subscription)
  if (monthsOf(to) < monthsOf(cycle) || start === null || end === null) {
    return schedule(subscription, at, subscription.nextPlan ?? old.id, to)
  }
  const period = periodFrom(at, at, to)
  const lines = longerCycleLines({ old, now }, { cycle, period: { start, end } }, { cycle: to, period }, at)
  return buy(subscription, { plan: now, cycle: to, anchorAt: at, period, lines }, given)
}
