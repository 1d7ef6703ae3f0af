import { DateTime, Effect, Option } from "effect"
import { Transaction } from "../kernel/index.ts"
import { isTerminal, Mandates, PaymentProvider, settlePayment } from "../payments/index.ts"
import { Invoices } from "./ports.ts"
import { dueAt, type Subscription } from "./subscription.ts"

/**
 * Before a retry is due: whoever opened a page to pay on and left it must not keep their card on file from being tried
 * again, and of two payments that can be made at once somebody makes both. What is paid meanwhile is paid.
 */
export const callOffLeftPayment = Effect.fnUntraced(function* (subscription: Subscription) {
  const { status, invoiceId, userId } = subscription
  const due = dueAt(subscription)
  if (status !== "past_due" || invoiceId === null || due === null) return
  const last = Option.getOrUndefined(yield* (yield* Invoices).lastAttempt(invoiceId))
  if (last === undefined || last.outcome !== null || last.paymentId === null) return
  // The retry itself, where another worker was quicker.
  if (!DateTime.isLessThan(last.createdAt, due)) return
  if (Option.isNone(yield* (yield* Mandates).of(userId))) return
  const payment = Option.getOrUndefined(yield* (yield* PaymentProvider).cancel(last.paymentId))
  if (payment !== undefined && isTerminal(payment.status)) {
    yield* (yield* Transaction).atomically(settlePayment(payment))
  }
})
