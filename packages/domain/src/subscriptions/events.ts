import type { EventContext, NewEvent } from "../kernel/index.ts"
import type { SubscriptionStep } from "./decision.ts"
import type { Invoice } from "./invoice.ts"
import type { Subscription } from "./subscription.ts"

const payloadOf = (subscription: Subscription) => ({
  subscription_id: subscription.id,
  user_id: subscription.userId,
  plan: subscription.plan,
  cycle: subscription.cycle,
  status: subscription.status
})

/** All events of a subscription and of its invoices come in one order. */
export const subscriptionEvent = (
  step: SubscriptionStep,
  subscription: Subscription,
  context: EventContext
): NewEvent => ({
  type: `subscription.${step}`,
  aggregate: `subscription:${subscription.id}`,
  payload: { ...payloadOf(subscription), next_plan: subscription.nextPlan, next_cycle: subscription.nextCycle },
  context
})

export const invoiceEvent = (
  type: "invoice_issued" | "invoice_paid" | "invoice_failed" | "invoice_voided" | "payment_refunded",
  subscription: Subscription,
  invoice: Invoice,
  context: EventContext
): NewEvent => ({
  type: `subscription.${type}`,
  aggregate: `subscription:${subscription.id}`,
  payload: {
    ...payloadOf(subscription),
    invoice_id: invoice.id,
    number: invoice.number,
    amount_minor: invoice.totalMinor,
    currency: invoice.currency
  },
  context
})
