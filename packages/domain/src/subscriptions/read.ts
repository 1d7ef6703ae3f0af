import { DateTime, Effect, Option } from "effect"
import { Users } from "../accounts/index.ts"
import { type ListQuery, planList, type SignedIn } from "../kernel/index.ts"
import { entitlement } from "./entitlement.ts"
import { InvoiceNotFound } from "./errors.ts"
import type { InvoiceId } from "./invoice.ts"
import { historyList, invoiceList } from "./lists.ts"
import { plansAt } from "./plan.ts"
import { InvoiceDocuments, Invoices, Subscriptions } from "./ports.ts"

/** What is sold at this moment. */
export const listPlans = Effect.fn("subscriptions.plans")(function* () {
  return plansAt(yield* (yield* Subscriptions).catalog, yield* DateTime.now)
})

/** What the caller has: their running subscription, if there is one, and what they are entitled to. */
export const ownSubscription = Effect.fn("subscriptions.own")(function* (actor: SignedIn) {
  const subscriptions = yield* Subscriptions
  const standing = yield* subscriptions.standingOf(actor.userId)
  return {
    subscription: Option.getOrUndefined(yield* subscriptions.runningOf(actor.userId)),
    entitlement: entitlement(Option.getOrUndefined(standing), yield* DateTime.now)
  }
})

/** What happened to the caller's subscriptions, the latest first. */
export const ownHistory = Effect.fn("subscriptions.history")(function* (actor: SignedIn, query: ListQuery) {
  const plan = yield* planList(historyList, query, actor.userId)
  return { plan, page: yield* (yield* Subscriptions).history(actor.userId, plan) }
})

/** The caller's invoices, the latest first. */
export const ownInvoices = Effect.fn("subscriptions.invoices")(function* (actor: SignedIn, query: ListQuery) {
  const plan = yield* planList(invoiceList, query, actor.userId)
  return { plan, page: yield* (yield* Invoices).list(actor.userId, plan) }
})

/** An invoice of the caller's; to everybody else there is none. */
export const ownInvoice = Effect.fn("subscriptions.invoice")(function* (actor: SignedIn, id: InvoiceId) {
  const invoice = Option.getOrUndefined(yield* (yield* Invoices).byId(id))
  return invoice?.userId === actor.userId ? invoice : yield* new InvoiceNotFound()
})

/** The same as a document, to be kept or printed. */
export const printInvoice = Effect.fn("subscriptions.printInvoice")(function* (actor: SignedIn, id: InvoiceId) {
  const invoice = yield* ownInvoice(actor, id)
  const owner = Option.getOrUndefined(yield* (yield* Users).byId(invoice.userId))
  const username = owner?.username ?? ""
  const billed = { name: owner?.displayName ?? username, username, email: owner?.email ?? "" }
  return { invoice, pdf: yield* (yield* InvoiceDocuments).pdf(invoice, billed) }
})
