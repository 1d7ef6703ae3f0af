import { DateTime, Effect, Option } from "effect"
import { Transaction } from "../kernel/index.ts"
import { PaymentProvider, PaymentProviderNotConfigured } from "../payments/index.ts"
import { makePayment } from "./charge.ts"
import { sendWithin } from "./enact.ts"
import { SubscriptionNotPending } from "./errors.ts"
import type { Invoice } from "./invoice.ts"
import { type Attempt, Invoices, Subscriptions } from "./ports.ts"
import type { Subscription } from "./subscription.ts"

/** The payment that is under way, or another try where the last one failed; the subscription must still wait for it. */
const attemptAt = Effect.fnUntraced(function* ({ id }: Subscription) {
  const [subscriptions, invoices] = [yield* Subscriptions, yield* Invoices]
  const subscription = Option.getOrUndefined(yield* subscriptions.lock(id))
  const invoiceId = subscription?.invoiceId ?? null
  const invoice = invoiceId === null ? undefined : Option.getOrUndefined(yield* invoices.lock(invoiceId))
  if (subscription === undefined || invoice === undefined) {
    return yield* new SubscriptionNotPending({ status: subscription?.status ?? "expired" })
  }
  const last = Option.getOrUndefined(yield* invoices.lastAttempt(invoice.id))
  if (last !== undefined && last.outcome === null) return { subscription, invoice, attempt: last }
  const at = yield* DateTime.now
  const attempt = yield* invoices.addAttempt(invoice.id, false, at, DateTime.add(at, sendWithin))
  return { subscription, invoice, attempt }
})

/** A payment that was asked for is read, so that its payer can go on with it. */
const paymentOf = Effect.fnUntraced(function* (attempt: Attempt, invoice: Invoice) {
  if (attempt.paymentId === null) return yield* makePayment(attempt, invoice)
  const known = Option.getOrUndefined(yield* (yield* PaymentProvider).read(attempt.paymentId))
  return known ?? (yield* makePayment(attempt, invoice))
})

/** Leads a payer on with what their subscription waits for. Asked again it is the same payment. */
export const resume = Effect.fn("subscriptions.resume")(function* (waiting: Subscription) {
  if (!(yield* PaymentProvider).isConfigured) return yield* new PaymentProviderNotConfigured()
  const { subscription, invoice, attempt } = yield* (yield* Transaction).atomically(attemptAt(waiting))
  return { subscription, invoice, payment: yield* paymentOf(attempt, invoice) }
})
