import { Schema } from "effect"
import type { InvoiceDraft, InvoiceId } from "./invoice.ts"
import type { Subscription } from "./subscription.ts"

/** What can happen to a subscription, as its history and the events call it. */
export const SubscriptionStep = Schema.Literals([
  "created",
  "trial_started",
  "trial_ending",
  "trial_ended",
  "activated",
  "renewed",
  "past_due",
  "payment_retried",
  "plan_changed",
  "change_lapsed",
  "change_scheduled",
  "change_revoked",
  "cancellation_scheduled",
  "reactivated",
  "canceled",
  "expired"
])
export type SubscriptionStep = typeof SubscriptionStep.Type

/** A payment to be made for an invoice. */
export interface Charge {
  readonly invoiceId: InvoiceId
  /** Nobody is there to confirm it: the method on file is charged. */
  readonly offSession: boolean
}

/** What is to become of a subscription: everything in it is stored at once or not at all. */
export interface Decision {
  readonly subscription: Subscription
  /** To be numbered and issued. One that comes to nothing is paid as it is issued. */
  readonly issue?: InvoiceDraft | undefined
  /** To be asked of the provider once that is stored. */
  readonly charge?: Charge | undefined
  /** Invoices that nobody owes any longer. */
  readonly voids: ReadonlyArray<InvoiceId>
  /** In the order in which they happened. */
  readonly steps: ReadonlyArray<SubscriptionStep>
}
