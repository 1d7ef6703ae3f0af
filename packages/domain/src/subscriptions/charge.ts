import { DateTime, Effect, Option } from "effect"
import { Currency, systemContext, Transaction } from "../kernel/index.ts"
import { Mandates, type NewPayment, type Payment, PaymentProvider, type PaymentRefused } from "../payments/index.ts"
import type { Invoice } from "./invoice.ts"
import { type Attempt, Invoices } from "./ports.ts"
import { BillingSettings } from "./settings.ts"
import { settleAttempt } from "./settle-attempt.ts"

/** Where payers come back to. */
export const returnUrl = Effect.map(BillingSettings, ({ frontendUrl }) => `${frontendUrl}/subscription`)

/**
 * By the method on file where nobody is there and one is known, else by the payer, who then leaves one. What nobody owes
 * any longer is charged to nobody: asked for like that, a payment that was made before a crash is told of, and one that
 * was not is never paid.
 */
const wayToPay = Effect.fnUntraced(function* (
  { offSession }: Attempt,
  { userId, status }: Invoice
): Effect.fn.Return<NewPayment["by"], never, Mandates | BillingSettings> {
  const isOwed = status === "open" || status === "failed"
  const mandate = offSession && isOwed ? Option.getOrUndefined(yield* (yield* Mandates).of(userId)) : undefined
  return mandate === undefined
    ? { _tag: "Payer", remember: true, returnUrl: yield* returnUrl }
    : { _tag: "Mandate", mandate: mandate.reference }
})

const ask = Effect.fnUntraced(function* (attempt: Attempt, invoice: Invoice) {
  const payment: NewPayment = {
    amount: { amount_minor: invoice.totalMinor, currency: Currency.make(invoice.currency) },
    customer: invoice.userId,
    description: `Veza, invoice ${invoice.number}`,
    by: yield* wayToPay(attempt, invoice)
  }
  return yield* (yield* PaymentProvider).create(`invoice:${invoice.id}:${attempt.attempt}`, payment)
})

/** What the provider will never do ends the attempt as a failed payment does. */
const giveUp = Effect.fnUntraced(function* (attempt: Attempt, refused: PaymentRefused) {
  const end = { outcome: "failed", reason: `${refused.code}: ${refused.message}`, at: yield* DateTime.now } as const
  yield* (yield* Transaction).atomically(settleAttempt(attempt, end, systemContext))
  return yield* refused
})

/**
 * Asks the provider for the payment of an attempt and notes which it is. Never within a transaction; asked again, after
 * a crash or by two at once, it is the same payment. What becomes of it only the provider's word decides, later.
 */
export const makePayment = Effect.fn("subscriptions.makePayment")(function* (attempt: Attempt, invoice: Invoice) {
  const payment: Payment = yield* ask(attempt, invoice).pipe(
    Effect.catchTag("PaymentRefused", (refused) => giveUp(attempt, refused))
  )
  yield* (yield* Invoices).markSent(attempt.invoiceId, attempt.attempt, payment.id)
  return payment
})
