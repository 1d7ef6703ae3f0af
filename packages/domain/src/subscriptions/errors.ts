import { Schema } from "effect"
import { SubscriptionStatus } from "./status.ts"

/** Somebody has one running subscription at most; another plan is a change of it. */
export class AlreadySubscribed extends Schema.TaggedError<AlreadySubscribed>()("AlreadySubscribed", {
  status: SubscriptionStatus
}) {}

/** There is no running subscription, or none of that id of the caller's. */
export class SubscriptionNotFound extends Schema.TaggedError<SubscriptionNotFound>()("SubscriptionNotFound", {}) {}

export class InvoiceNotFound extends Schema.TaggedError<InvoiceNotFound>()("InvoiceNotFound", {}) {}

/** Nothing of it waits for a payment. */
export class SubscriptionNotPending extends Schema.TaggedError<SubscriptionNotPending>()("SubscriptionNotPending", {
  status: SubscriptionStatus
}) {}

/** The subscription is not where this leads on from. */
export class SubscriptionConflict extends Schema.TaggedError<SubscriptionConflict>()("SubscriptionConflict", {
  status: SubscriptionStatus,
  reason: Schema.Literals([
    "awaits_payment",
    "free_plan",
    "ends_at_period_end",
    "already_canceled",
    "not_canceled",
    "same_plan",
    "same_cycle",
    "renewal_under_way",
    "one_change_at_a_time",
    "changed_meanwhile"
  ])
}) {}

/** The moment a change was to be counted from is too long ago, to come, or before the last change. */
export class ProrationOutdated extends Schema.TaggedError<ProrationOutdated>()("ProrationOutdated", {}) {}
