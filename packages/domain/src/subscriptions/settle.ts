import type { DateTime } from "effect"
import type { Decision } from "./decision.ts"
import { retryDays } from "./dunning.ts"
import type { Invoice } from "./invoice.ts"
import { invoiceMachine, type InvoiceStatus } from "./status.ts"
import { Subscription } from "./subscription.ts"

/** How a payment ended, in the provider's word. */
export type PaymentOutcome = "succeeded" | "failed"

export interface Settlement {
  /** What the invoice is from now on; the same where it does not change. */
  readonly invoice: InvoiceStatus
  /** The money came in for nothing and goes back. */
  readonly refund: boolean
  /** What becomes of the subscription; undefined: it has moved on and stays as it is. */
  readonly decision: Decision | undefined
}

const idle = { invoiceId: null, waitingSince: null, failedAt: null, retries: 0 } as const

/** Is this invoice the one that the subscription waits for? */
const awaits = (subscription: Subscription, invoice: Invoice): boolean =>
  subscription.invoiceId === invoice.id && subscription.endedAt === null

/** A better plan leaves it at the cycle that was asked for from the end of the period on; all else gives plans up. */
const stillNext = (
  { cycle, nextCycle }: Subscription,
  bought: Pick<Invoice, "kind" | "plan" | "cycle">
): Pick<Subscription, "nextPlan" | "nextCycle"> =>
  bought.kind === "change" && bought.cycle === cycle && nextCycle !== null && nextCycle !== cycle
    ? { nextPlan: bought.plan, nextCycle }
    : { nextPlan: null, nextCycle: null }

/** The subscription as the paid invoice has it. */
export const paidFor = (
  subscription: Subscription,
  invoice: Pick<Invoice, "kind" | "plan" | "planVersion" | "cycle" | "anchorAt" | "periodStart" | "periodEnd">,
  at: DateTime.Utc
): Decision => {
  const first = subscription.status === "pending_payment" || subscription.status === "trialing"
  return {
    subscription: new Subscription({
      ...subscription,
      ...idle,
      status: "active",
      plan: invoice.plan,
      planVersion: invoice.planVersion,
      cycle: invoice.cycle,
      anchorAt: invoice.anchorAt,
      periodStart: invoice.periodStart,
      periodEnd: invoice.periodEnd,
      ...stillNext(subscription, invoice),
      updatedAt: at,
      revision: subscription.revision + 1
    }),
    voids: [],
    steps: [invoice.kind === "change" ? "plan_changed" : first ? "activated" : "renewed"]
  }
}

const changed = (subscription: Subscription, at: DateTime.Utc, more: Partial<Subscription>): Subscription =>
  new Subscription({ ...subscription, ...more, updatedAt: at, revision: subscription.revision + 1 })

const notPaid = (subscription: Subscription, invoice: Invoice, at: DateTime.Utc): Decision | undefined => {
  const { status, retries } = subscription
  const over = { ...idle, status: "expired", endedAt: at } as const
  if (status === "pending_payment") {
    return { subscription: changed(subscription, at, over), voids: [], steps: ["expired"] }
  }
  if (invoice.kind === "change") {
    return { subscription: changed(subscription, at, idle), voids: [], steps: ["change_lapsed"] }
  }
  if (status === "past_due") {
    return retries < retryDays.length
      ? undefined
      : { subscription: changed(subscription, at, over), voids: [], steps: ["expired"] }
  }
  return {
    subscription: changed(subscription, at, { status: "past_due", failedAt: at, retries: 0 }),
    voids: [],
    steps: ["past_due"]
  }
}

/**
 * What the end of a payment does (30-subscriptions, "Only the provider's webhook activates"). Asked once for each
 * payment. A subscription that has moved on keeps its status while the invoice still gets its end; money that came in
 * for what was called off, or twice, goes back.
 */
export const settle = (
  subscription: Subscription,
  invoice: Invoice,
  outcome: PaymentOutcome,
  at: DateTime.Utc
): Settlement => {
  const waited = awaits(subscription, invoice)
  if (outcome === "succeeded") {
    // What is paid already is no longer waited for, so a second payment of it goes back.
    return { invoice: "paid", refund: !waited, decision: waited ? paidFor(subscription, invoice, at) : undefined }
  }
  return {
    invoice: invoiceMachine.allows(invoice.status, "failed") ? "failed" : invoice.status,
    refund: false,
    decision: waited && invoice.status !== "paid" ? notPaid(subscription, invoice, at) : undefined
  }
}
