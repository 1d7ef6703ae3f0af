import { createHash } from "node:crypto"
import { DateTime, Effect, Metric, Redacted } from "effect"
import { cursorAfter, fileOfBytes } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/subscriptions"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { InvoiceView, SubscriptionView } from "../contract/subscriptions.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { streamFile } from "../koa/stream-file.ts"
import { pagination } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["subscriptions"]

const asked = Metric.counter("veza_subscription_requests_total", {
  description: "Subscriptions begun and changed by their owners, by what was done and the status it led to",
  incremental: true
})
const counted = (what: string, { status }: Domain.Subscription) =>
  Metric.update(Metric.withAttributes(asked, { what, status }), 1)

const planView = (plan: Domain.Plan) => ({
  id: plan.id,
  name: plan.name,
  monthly: { amount_minor: plan.monthlyMinor, currency: plan.currency },
  yearly: { amount_minor: plan.yearlyMinor, currency: plan.currency },
  trial_days: plan.trialDays,
  features: plan.features
})

const subscriptionView = (subscription: Domain.Subscription): SubscriptionView => ({
  id: subscription.id,
  plan: subscription.plan,
  billing_cycle: subscription.cycle,
  status: subscription.status,
  current_period_start: subscription.periodStart,
  current_period_end: subscription.periodEnd,
  trial_ends_at: subscription.trialEndsAt,
  cancel_at_period_end: subscription.cancelAtPeriodEnd,
  scheduled:
    subscription.nextPlan === null
      ? null
      : { plan: subscription.nextPlan, billing_cycle: subscription.nextCycle ?? subscription.cycle },
  open_invoice_id: subscription.invoiceId,
  created_at: subscription.createdAt,
  ended_at: subscription.endedAt
})

const invoiceView = (invoice: Domain.Invoice): InvoiceView => ({
  id: invoice.id,
  number: invoice.number,
  subscription_id: invoice.subscriptionId,
  kind: invoice.kind,
  status: invoice.status,
  plan: invoice.plan,
  billing_cycle: invoice.cycle,
  period_start: invoice.periodStart,
  period_end: invoice.periodEnd,
  lines: invoice.lines,
  subtotal_minor: invoice.subtotalMinor,
  tax_rate_bps: invoice.taxRateBps,
  tax_minor: invoice.taxMinor,
  total_minor: invoice.totalMinor,
  currency: invoice.currency,
  issued_at: invoice.issuedAt,
  paid_at: invoice.paidAt,
  refunded_at: invoice.refundedAt
})

const payableView = ({ subscription, invoice, payment }: Domain.Payable) => ({
  subscription: subscriptionView(subscription),
  invoice: invoice === undefined ? null : invoiceView(invoice),
  payment_id: payment?.id ?? null,
  client_secret: payment?.clientSecret === undefined ? null : Redacted.value(payment.clientSecret),
  payment_url: payment?.payUrl ?? null
})

const plans: Handlers["plans"] = () => Effect.map(Domain.listPlans(), (sold) => sold.map(planView))

const own: Handlers["own"] = Effect.fnUntraced(function* () {
  const { subscription, entitlement } = yield* Domain.ownSubscription(yield* SignedInActor)
  return {
    subscription: subscription === undefined ? null : subscriptionView(subscription),
    entitlement: { plan: entitlement.plan, until: entitlement.until, unpaid_plan: entitlement.unpaid }
  }
})

const history: Handlers["history"] = Effect.fnUntraced(function* ({ query }) {
  const actor = yield* SignedInActor
  const { plan, page } = yield* Domain.ownHistory(actor, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.historyList, plan, actor.userId, page.next)
  const list = page.items.map((entry) => ({
    subscription_id: entry.subscriptionId,
    event: entry.step,
    status: entry.to,
    plan: entry.plan,
    billing_cycle: entry.cycle,
    invoice_id: entry.invoiceId,
    at: entry.at
  }))
  return { list, pagination: pagination(page, plan, next) }
})

const subscribe: Handlers["subscribe"] = Effect.fnUntraced(function* ({ payload }) {
  const command = { plan: payload.plan, cycle: payload.billing_cycle ?? "monthly" }
  const payable = yield* Domain.subscribe(yield* SignedInActor, command)
  yield* counted("subscribe", payable.subscription)
  return payableView(payable)
})

const complete: Handlers["complete"] = Effect.fnUntraced(function* ({ params }) {
  return payableView(yield* Domain.completePayment(yield* SignedInActor, params.id))
})

const cancel: Handlers["cancel"] = Effect.fnUntraced(function* () {
  const canceled = yield* Domain.cancelSubscription(yield* SignedInActor)
  yield* counted("cancel", canceled)
  return subscriptionView(canceled)
})

const reactivate: Handlers["reactivate"] = Effect.fnUntraced(function* () {
  const reactivated = yield* Domain.reactivateSubscription(yield* SignedInActor)
  yield* counted("reactivate", reactivated)
  return subscriptionView(reactivated)
})

const change = Effect.fnUntraced(function* (wish: Domain.Wish, prorationAt: DateTime.Utc | undefined) {
  const payable = yield* Domain.changeSubscription(yield* SignedInActor, wish, prorationAt)
  yield* counted(wish._tag === "Plan" ? "change_plan" : "change_cycle", payable.subscription)
  return payableView(payable)
})

const changePlan: Handlers["changePlan"] = ({ payload }) =>
  change({ _tag: "Plan", plan: payload.plan }, payload.proration_at)

const changeCycle: Handlers["changeCycle"] = ({ payload }) =>
  change({ _tag: "Cycle", cycle: payload.billing_cycle }, payload.proration_at)

const preview: Handlers["preview"] = Effect.fnUntraced(function* ({ payload }) {
  const query = { plan: payload.plan, cycle: payload.billing_cycle }
  const shown = yield* Domain.previewChange(yield* SignedInActor, query)
  return {
    plan: shown.plan,
    billing_cycle: shown.cycle,
    effective_at: shown.effectiveAt,
    lines: shown.lines,
    subtotal_minor: shown.subtotalMinor,
    tax_minor: shown.taxMinor,
    total_minor: shown.totalMinor,
    currency: shown.currency,
    next_charge: shown.next === undefined ? null : { at: shown.next.at, total_minor: shown.next.totalMinor },
    proration_at: shown.at
  }
})

const invoices: Handlers["invoices"] = Effect.fnUntraced(function* ({ query }) {
  const actor = yield* SignedInActor
  const { plan, page } = yield* Domain.ownInvoices(actor, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.invoiceList, plan, actor.userId, page.next)
  return { list: page.items.map(invoiceView), pagination: pagination(page, plan, next) }
})

const invoicePdf: Handlers["invoicePdf"] = Effect.fnUntraced(function* ({ params }) {
  const { invoice, pdf } = yield* Domain.printInvoice(yield* SignedInActor, params.id)
  const ctx = yield* Exchange
  ctx.set("Content-Disposition", `attachment; filename="${invoice.number}.pdf"`)
  const file = fileOfBytes(pdf, DateTime.toDate(invoice.refundedAt ?? invoice.paidAt ?? invoice.issuedAt))
  const etag = `"${createHash("sha256").update(pdf).digest("base64url")}"`
  yield* streamFile(ctx, { file, contentType: "application/pdf", etag }, (yield* HostSettings).streamIdle)
})

export const subscriptions: Handlers = {
  plans,
  own,
  history,
  subscribe,
  complete,
  cancel,
  reactivate,
  changePlan,
  changeCycle,
  preview,
  invoices,
  invoicePdf
}
