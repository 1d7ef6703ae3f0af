import { Schema } from "effect"
import { machine } from "../kernel/index.ts"

export const SubscriptionStatus = Schema.Literals([
  "pending_payment",
  "trialing",
  "active",
  "past_due",
  "expired",
  "canceled"
])
export type SubscriptionStatus = typeof SubscriptionStatus.Type

/** The life of a subscription (30-subscriptions, "Status machine"; 05-decisions, "Payment failure"). */
export const subscriptionMachine = machine<SubscriptionStatus>({
  pending_payment: ["active", "expired"],
  trialing: ["active", "past_due", "expired", "canceled"],
  active: ["past_due", "canceled"],
  past_due: ["active", "expired", "canceled"],
  expired: [],
  canceled: []
})

/** Of these a person has one at most. */
export const runningStatuses: ReadonlyArray<SubscriptionStatus> = SubscriptionStatus.literals.filter(
  (status) => !subscriptionMachine.isFinal(status)
)

export const InvoiceStatus = Schema.Literals(["draft", "open", "paid", "failed", "void"])
export type InvoiceStatus = typeof InvoiceStatus.Type

/**
 * The life of an invoice. `failed → open`: it is tried again. `void → paid`: money came in for what was called off
 * meanwhile; the books say so, and it is given back.
 */
export const invoiceMachine = machine<InvoiceStatus>({
  draft: ["open", "void"],
  open: ["paid", "failed", "void"],
  failed: ["open", "paid", "void"],
  void: ["paid"],
  paid: []
})
