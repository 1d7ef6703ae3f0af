import * as Subscriptions from "@veza/domain/subscriptions"
import { row } from "../error-row.ts"

const because: Readonly<Record<Subscriptions.SubscriptionConflict["reason"], string>> = {
  awaits_payment: "The subscription waits for a payment; complete it first",
  free_plan: "The free plan has nothing to change; subscribe to a paid plan instead",
  ends_at_period_end: "The subscription is cancelled; reactivate it first",
  already_canceled: "The subscription is cancelled already",
  not_canceled: "The subscription is not cancelled",
  same_plan: "The subscription has this plan already",
  same_cycle: "The subscription has this billing cycle already",
  renewal_under_way: "The subscription is being renewed; please try again in a moment",
  one_change_at_a_time: "Plan and billing cycle of a running subscription are changed one at a time",
  changed_meanwhile: "The subscription was changed meanwhile; please look at it again"
}

/** Plans, subscriptions and their invoices. */
export const subscriptionErrors = {
  ProrationOutdated: row(
    Subscriptions.ProrationOutdated,
    400,
    "PRORATION_OUTDATED",
    "The preview no longer holds; please make another",
    {
      details: () => [{ field: "proration_at", message: "must be the time of a preview of the last 15 minutes" }],
      fromWire: () => new Subscriptions.ProrationOutdated()
    }
  ),
  SubscriptionNotFound: row(Subscriptions.SubscriptionNotFound, 404, "SUBSCRIPTION_NOT_FOUND", "Resource not found"),
  InvoiceNotFound: row(Subscriptions.InvoiceNotFound, 404, "INVOICE_NOT_FOUND", "Resource not found"),
  AlreadySubscribed: row(
    Subscriptions.AlreadySubscribed,
    409,
    "ALREADY_SUBSCRIBED",
    "You have a subscription already; change its plan, or cancel it first while it is not paid"
  ),
  SubscriptionNotPending: row(
    Subscriptions.SubscriptionNotPending,
    409,
    "SUBSCRIPTION_NOT_PENDING",
    "The subscription does not wait for a payment"
  ),
  SubscriptionConflict: row(
    Subscriptions.SubscriptionConflict,
    409,
    "SUBSCRIPTION_CONFLICT",
    (e) => because[e.reason],
    { transient: true }
  )
} as const
