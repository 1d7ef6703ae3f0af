import { DateTime, Schema } from "effect"
import { UserId } from "../kernel/index.ts"
import { givenUpAt, nextRetryAt } from "./dunning.ts"
import { InvoiceId, SubscriptionId } from "./invoice.ts"
import { BillingCycle, PlanId } from "./plan.ts"
import { SubscriptionStatus } from "./status.ts"

const time = Schema.NullOr(Schema.DateTimeUtc)

/** Somebody's plan: what they have, for how long, and what happens next. */
export class Subscription extends Schema.Class<Subscription>("Subscription")({
  id: SubscriptionId,
  userId: UserId,
  plan: PlanId,
  planVersion: Schema.Int,
  cycle: BillingCycle,
  status: SubscriptionStatus,
  /** The moment whose day and time every period begins at. */
  anchorAt: Schema.DateTimeUtc,
  /** The running period or trial; null before the first payment. The free plan's never ends. */
  periodStart: time,
  periodEnd: time,
  trialEndsAt: time,
  /** When it was told that the trial ends. */
  trialRemindedAt: time,
  cancelAtPeriodEnd: Schema.Boolean,
  /** What it becomes when the period ends; both or none. */
  nextPlan: Schema.NullOr(PlanId),
  nextCycle: Schema.NullOr(BillingCycle),
  /** The invoice under way: of the first period, of the next one, or of a change. */
  invoiceId: Schema.NullOr(InvoiceId),
  /** Since when that invoice is waited for. */
  waitingSince: time,
  /** When the payment of the next period first failed. */
  failedAt: time,
  /** Retries made since. */
  retries: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc,
  endedAt: time,
  /** Counts the changes: of two made at once one finds that it comes too late. */
  revision: Schema.Int
}) {}

/** How long a first payment, and the payment of a change, may be completed. */
const completeWithin = { hours: 24 } as const
/** How long a renewal under way is waited for before it is told to be past due. */
const answerWithin = { hours: 24 } as const
/** How long before its end people are reminded of a trial. */
const reminder = { days: 3 } as const

/** When it is to be told that a trial ends; null where it was, or where nothing follows it. */
export const remindAt = (subscription: Subscription): DateTime.Utc | null => {
  const { status, trialEndsAt, trialRemindedAt, cancelAtPeriodEnd } = subscription
  return status !== "trialing" || trialEndsAt === null || trialRemindedAt !== null || cancelAtPeriodEnd
    ? null
    : DateTime.subtract(trialEndsAt, reminder)
}

const earlier = (a: DateTime.Utc | null, b: DateTime.Utc | null): DateTime.Utc | null => {
  if (a === null || b === null) return a ?? b
  return DateTime.isLessThan(a, b) ? a : b
}

/** Is the invoice under way that of the next period, which the running one's end has made due? */
export const isRenewing = ({ status, invoiceId, periodEnd, waitingSince }: Subscription): boolean =>
  (status === "trialing" || status === "active") &&
  invoiceId !== null &&
  periodEnd !== null &&
  waitingSince !== null &&
  !DateTime.isLessThan(waitingSince, periodEnd)

/** When the clock has something to do for a subscription; null: never. */
export const dueAt = (subscription: Subscription): DateTime.Utc | null => {
  const { status, periodEnd, waitingSince, failedAt, retries, createdAt } = subscription
  switch (status) {
    case "pending_payment":
      return DateTime.add(waitingSince ?? createdAt, completeWithin)
    case "trialing":
    case "active": {
      if (waitingSince !== null && isRenewing(subscription)) return DateTime.add(waitingSince, answerWithin)
      const remind = remindAt(subscription)
      const lapses = waitingSince === null ? null : DateTime.add(waitingSince, completeWithin)
      return earlier(earlier(periodEnd, lapses), remind)
    }
    case "past_due":
      return failedAt === null ? null : (nextRetryAt(failedAt, retries) ?? givenUpAt(failedAt))
    case "expired":
    case "canceled":
      return null
  }
}

/** What the clock will do next for a subscription, for operators. */
export const dueWork = (subscription: Subscription): string => {
  const { status, periodEnd, retries, failedAt, cancelAtPeriodEnd } = subscription
  const due = dueAt(subscription)
  if (due === null) return "nothing"
  if (status === "pending_payment") return "expires unpaid"
  if (status === "past_due") {
    return failedAt !== null && nextRetryAt(failedAt, retries) === undefined ? "expires" : `retry ${retries + 1}`
  }
  if (isRenewing(subscription)) return "past due"
  if (periodEnd !== null && DateTime.Equivalence(due, periodEnd)) {
    if (cancelAtPeriodEnd) return "ends"
    return status === "trialing" ? "trial ends" : "renewal"
  }
  return remindAt(subscription) === null ? "change lapses" : "trial reminder"
}
