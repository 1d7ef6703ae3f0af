import { DateTime } from "effect"
import { draftOf } from "./begin.ts"
import type { Decision } from "./decision.ts"
import { givenUpAt, retriesDue } from "./dunning.ts"
import type { InvoiceId } from "./invoice.ts"
import { nextPeriod } from "./periods.ts"
import { type Catalog, planAt } from "./plan.ts"
import { planLine } from "./proration.ts"
import { paidFor } from "./settle.ts"
import { dueAt, isRenewing, remindAt, Subscription } from "./subscription.ts"

/** What the clock must know beside the subscription. */
export interface Circumstances {
  readonly catalog: Catalog
  readonly taxRateBps: number
  /** There is a method on file that may be charged while nobody is there. */
  readonly hasMandate: boolean
  /** A payment of the invoice under way has had no answer yet. */
  readonly isAwaited: boolean
  /** The owner is kept out: they have what they paid for to its end, and are charged for nothing more. */
  readonly isBanned: boolean
  /** An id for an invoice, if one is to be issued. */
  readonly invoiceId: InvoiceId
  readonly at: DateTime.Utc
}

const idle = { invoiceId: null, waitingSince: null } as const

const changed = (subscription: Subscription, at: DateTime.Utc, more: Partial<Subscription>): Subscription =>
  new Subscription({ ...subscription, ...more, updatedAt: at, revision: subscription.revision + 1 })

const open = ({ invoiceId }: Subscription): ReadonlyArray<InvoiceId> => (invoiceId === null ? [] : [invoiceId])

const end = (subscription: Subscription, status: "expired" | "canceled", at: DateTime.Utc): Decision => ({
  subscription: changed(subscription, at, { ...idle, status, endedAt: at, cancelAtPeriodEnd: false }),
  voids: open(subscription),
  steps: [status]
})

/** The next period is billed, at the price of the day it begins: charged to the method on file, else owed at once. */
const bill = (subscription: Subscription, periodEnd: DateTime.Utc, given: Circumstances): Decision => {
  const { at, invoiceId, hasMandate } = given
  const cycle = subscription.nextCycle ?? subscription.cycle
  const { anchorAt } = subscription
  const period = nextPeriod(anchorAt, periodEnd, cycle, at)
  const plan = planAt(given.catalog, subscription.nextPlan ?? subscription.plan, period.start)
  if (plan === undefined) throw new Error(`No version of the plan ${subscription.plan} is sold.`)
  const lines = [planLine(plan, cycle, period)]
  const waiting = { invoiceId, waitingSince: at }
  const ended = subscription.status === "trialing" ? (["trial_ended"] as const) : []
  const issue = draftOf({ ...given, id: invoiceId, subscription, kind: "period", plan, cycle, anchorAt, period, lines })
  const voids = open(subscription)
  if (issue.totalMinor === 0) {
    const paid = paidFor(subscription, issue, at)
    return { ...paid, issue, voids, steps: [...ended, ...paid.steps] }
  }
  return {
    subscription: changed(
      subscription,
      at,
      hasMandate ? waiting : { ...waiting, status: "past_due", failedAt: at, retries: 0 }
    ),
    issue,
    charge: hasMandate ? { invoiceId, offSession: true } : undefined,
    voids,
    steps: hasMandate ? ended : [...ended, "past_due"]
  }
}

/** Tries again, unless there is nothing to charge or a payment that has had no answer; in the end it gives up. */
const dun = (subscription: Subscription, failedAt: DateTime.Utc, given: Circumstances): Decision => {
  const { at, hasMandate, isAwaited, isBanned } = given
  const { invoiceId } = subscription
  if (isBanned || !DateTime.isLessThan(at, givenUpAt(failedAt))) return end(subscription, "expired", at)
  const tried = changed(subscription, at, { retries: retriesDue(failedAt, at) })
  const mayCharge = hasMandate && !isAwaited && invoiceId !== null
  return {
    subscription: tried,
    charge: mayCharge ? { invoiceId, offSession: true } : undefined,
    voids: [],
    steps: ["payment_retried"]
  }
}

const lapse = (subscription: Subscription, at: DateTime.Utc): Decision => ({
  subscription: changed(subscription, at, idle),
  voids: open(subscription),
  steps: ["change_lapsed"]
})

/**
 * The one next thing that the clock does for a subscription (30-subscriptions, "Renewal and dunning"): undefined when
 * nothing is due. Asked again until nothing is; whoever asks twice at once is told by the revision.
 */
export const advance = (subscription: Subscription, given: Circumstances): Decision | undefined => {
  const { at, isBanned } = given
  const due = dueAt(subscription)
  if (due === null || DateTime.isLessThan(at, due)) return undefined
  const { status, periodEnd, failedAt } = subscription
  if (status === "pending_payment") return end(subscription, "expired", at)
  if (status === "past_due") return failedAt === null ? undefined : dun(subscription, failedAt, given)
  if (isRenewing(subscription)) {
    const late = changed(subscription, at, { status: "past_due", failedAt: at, retries: 0 })
    return { subscription: late, voids: [], steps: ["past_due"] }
  }
  if (periodEnd !== null && !DateTime.isLessThan(at, periodEnd)) {
    const isLast = subscription.cancelAtPeriodEnd || isBanned
    return isLast ? end(subscription, "canceled", at) : bill(subscription, periodEnd, given)
  }
  const remind = remindAt(subscription)
  if (remind !== null && !DateTime.isLessThan(at, remind)) {
    const steps = isBanned ? [] : (["trial_ending"] as const)
    return { subscription: changed(subscription, at, { trialRemindedAt: at }), voids: [], steps }
  }
  return lapse(subscription, at)
}
