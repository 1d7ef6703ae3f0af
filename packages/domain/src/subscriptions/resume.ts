import { DateTime, Effect, Option } from "effect"
import { Transaction } from "../kernel/index.ts"
import { isTerminal, PaymentProvider, PaymentProviderNotConfigured, settlePayment } from "../payments/index.ts"
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

/** What was waited for turned out to be over, its payment having failed: asked once more it is begun anew. */
export const onceMoreIfOver = <A, E extends { readonly _tag: string }, R>(asked: Effect.Effect<A, E, R>) =>
  Effect.retry(asked, { times: 1, while: ({ _tag }) => _tag === "SubscriptionNotPending" })

/**
 * Leads a payer on with what their subscription waits for. Asked again it is the same payment, and the next one where
 * that failed: nobody can pay it, whenever its webhook comes. What was paid only the webhook or the reconciler settles.
 */
export const resume = Effect.fn("subscriptions.resume")(function* (waiting: Subscription) {
  if (!(yield* PaymentProvider).isConfigured) return yield* new PaymentProviderNotConfigured()
  const { atomically } = yield* Transaction
  const underWay = yield* atomically(attemptAt(waiting))
  const payment = yield* paymentOf(underWay.attempt, underWay.invoice)
  if (!isTerminal(payment.status) || payment.status === "succeeded") return { ...underWay, payment }
  yield* atomically(settlePayment(payment))
  const next = yield* atomically(attemptAt(waiting))
  return { ...next, payment: yield* paymentOf(next.attempt, next.invoice) }
})
