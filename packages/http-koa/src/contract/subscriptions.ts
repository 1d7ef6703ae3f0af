import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import {
  BillingCycle,
  InvoiceId,
  InvoiceKind,
  InvoiceLine,
  InvoiceStatus,
  PlanId,
  SubscriptionId,
  SubscriptionStatus,
  SubscriptionStep
} from "@veza/domain/subscriptions"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"
import { Timestamp } from "./timestamp.ts"

const time = Schema.DateTimeUtcFromString
const text = Schema.NullOr(Schema.String)

/** A price in minor units, with its currency (ISO 4217). */
const price = Schema.Struct({ amount_minor: Schema.Int, currency: Schema.String })

export const PlanView = Schema.Struct({
  id: PlanId,
  name: Schema.String,
  monthly: price,
  /** Ten months' worth. */
  yearly: price,
  /** Free of charge for whoever never had a trial; 0: none. */
  trial_days: Schema.Int,
  features: Schema.Array(Schema.String)
}).annotate({ identifier: "Plan" })

export const SubscriptionView = Schema.Struct({
  id: SubscriptionId,
  plan: PlanId,
  billing_cycle: BillingCycle,
  status: SubscriptionStatus,
  /** Of the running period or trial; null before the first payment. The free plan's never ends. */
  current_period_start: Schema.NullOr(time),
  current_period_end: Schema.NullOr(time),
  trial_ends_at: Schema.NullOr(time),
  cancel_at_period_end: Schema.Boolean,
  /** What it becomes when the period ends, where that was asked for. */
  scheduled: Schema.NullOr(Schema.Struct({ plan: PlanId, billing_cycle: BillingCycle })),
  /** The invoice that waits for a payment. */
  open_invoice_id: Schema.NullOr(InvoiceId),
  created_at: time,
  ended_at: Schema.NullOr(time)
}).annotate({ identifier: "Subscription" })
export type SubscriptionView = typeof SubscriptionView.Type

export const InvoiceView = Schema.Struct({
  id: InvoiceId,
  number: Schema.String,
  subscription_id: SubscriptionId,
  kind: InvoiceKind,
  status: InvoiceStatus,
  plan: PlanId,
  billing_cycle: BillingCycle,
  period_start: time,
  period_end: time,
  lines: Schema.Array(InvoiceLine),
  /** Amounts in minor units; the subtotal is the sum of the lines. */
  subtotal_minor: Schema.Int,
  /** In basis points. */
  tax_rate_bps: Schema.Int,
  tax_minor: Schema.Int,
  total_minor: Schema.Int,
  currency: Schema.String,
  issued_at: time,
  paid_at: Schema.NullOr(time),
  /** When what was paid was given back, because nobody owed it any longer. */
  refunded_at: Schema.NullOr(time)
}).annotate({ identifier: "Invoice" })
export type InvoiceView = typeof InvoiceView.Type

/** A subscription, and what the payer needs where there is something to pay. */
const payable = {
  subscription: SubscriptionView,
  invoice: Schema.NullOr(InvoiceView),
  payment_id: text,
  /** For the provider's form. */
  client_secret: text,
  /** The provider's own page. */
  payment_url: text
}

/** What the caller may do: everything that asks for a plan asks this. */
const entitlement = Schema.Struct({
  plan: PlanId,
  until: Schema.NullOr(time),
  /** The plan that was asked for and is not paid. */
  unpaid_plan: Schema.NullOr(PlanId)
})

const preview = Schema.Struct({
  plan: PlanId,
  billing_cycle: BillingCycle,
  /** When it is had; now, or at the end of the period. */
  effective_at: time,
  lines: Schema.Array(InvoiceLine),
  subtotal_minor: Schema.Int,
  tax_minor: Schema.Int,
  /** To be paid now. */
  total_minor: Schema.Int,
  currency: Schema.String,
  next_charge: Schema.NullOr(Schema.Struct({ at: time, total_minor: Schema.Int })),
  /** Hand it back with the change within 15 minutes, and exactly this is charged. */
  proration_at: time
}).annotate({ identifier: "SubscriptionPreview" })

const payment = ["PaymentRefused", "PaymentProviderNotConfigured", "PaymentProviderUnavailable"] as const
const change = ["SubscriptionNotFound", "SubscriptionConflict"] as const
const proration = { proration_at: Schema.optionalKey(Timestamp) }

const pdf = {
  "200": {
    description: "The invoice",
    content: { "application/pdf": { schema: { type: "string", format: "binary" } } }
  }
}

export const Subscriptions = HttpApiGroup.make("subscriptions")
  .add(
    HttpApiEndpoint.get("plans", "/subscriptions/plans", { success: ok(Schema.Array(PlanView)) })
      .annotate(RouteRules, publicRead())
      .annotate(OpenApi.Summary, "The plans and their prices"),
    HttpApiEndpoint.get("own", "/subscriptions/me", {
      success: ok(Schema.Struct({ subscription: Schema.NullOr(SubscriptionView), entitlement }))
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Your running subscription, and what you are entitled to"),
    HttpApiEndpoint.get("history", "/subscriptions/me/history", {
      query: listQuery,
      success: ok(
        listOf(
          Schema.Struct({
            subscription_id: SubscriptionId,
            event: SubscriptionStep,
            status: SubscriptionStatus,
            plan: PlanId,
            billing_cycle: BillingCycle,
            invoice_id: Schema.NullOr(InvoiceId),
            at: time
          }).annotate({ identifier: "SubscriptionEvent" })
        )
      ),
      error: failures("InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "What happened to your subscriptions, the latest first"),
    HttpApiEndpoint.post("subscribe", "/subscriptions/subscribe", {
      payload: Schema.Struct({ plan: PlanId, billing_cycle: Schema.optionalKey(BillingCycle) }),
      success: ok(Schema.Struct(payable), 201),
      error: failures("AlreadySubscribed", "SubscriptionNotFound", "SubscriptionNotPending", ...payment)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(
        OpenApi.Summary,
        "Subscribe to a plan. A paid one begins with its trial, or once the payment provider says that it is paid"
      ),
    HttpApiEndpoint.post("complete", "/subscriptions/complete/:id", {
      params: { id: SubscriptionId },
      success: ok(Schema.Struct(payable)),
      error: failures("SubscriptionNotFound", "SubscriptionNotPending", ...payment)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Go on with a payment that your subscription waits for"),
    HttpApiEndpoint.post("cancel", "/subscriptions/cancel", {
      success: ok(SubscriptionView),
      error: failures(...change)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Cancel at the end of the period, or at once what is not paid"),
    HttpApiEndpoint.post("reactivate", "/subscriptions/reactivate", {
      success: ok(SubscriptionView),
      error: failures(...change)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Take a cancellation back, as long as the period lasts"),
    HttpApiEndpoint.post("changePlan", "/subscriptions/change-plan", {
      payload: Schema.Struct({ plan: PlanId, ...proration }),
      success: ok(Schema.Struct(payable)),
      error: failures(...change, "ProrationOutdated", "SubscriptionNotPending", ...payment)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(
        OpenApi.Summary,
        "Change the plan: a better one at once, when it is paid; a lesser one at the end of the period. Asking for the present one takes a change back"
      ),
    HttpApiEndpoint.post("changeCycle", "/subscriptions/change-billing-cycle", {
      payload: Schema.Struct({ billing_cycle: BillingCycle, ...proration }),
      success: ok(Schema.Struct(payable)),
      error: failures(...change, "ProrationOutdated", "SubscriptionNotPending", ...payment)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(
        OpenApi.Summary,
        "Change the billing cycle: to a year at once, when it is paid; to a month at the end of the year"
      ),
    HttpApiEndpoint.post("preview", "/subscriptions/preview", {
      payload: Schema.Struct({ plan: Schema.optionalKey(PlanId), billing_cycle: Schema.optionalKey(BillingCycle) }),
      success: ok(preview),
      error: failures("AlreadySubscribed", "SubscriptionConflict", "ProrationOutdated")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "What subscribing or a change would cost; nothing is changed by asking"),
    HttpApiEndpoint.get("invoices", "/subscriptions/invoices", {
      query: listQuery,
      success: ok(listOf(InvoiceView)),
      error: failures("InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Your invoices, the latest first"),
    HttpApiEndpoint.get("invoicePdf", "/subscriptions/invoices/:id/pdf", {
      params: { id: InvoiceId },
      error: failures("InvoiceNotFound")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ raw: { totalCap: "1 minute" }, responses: pdf }))
      .annotate(OpenApi.Summary, "An invoice of yours as PDF")
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Title, "Subscriptions")
