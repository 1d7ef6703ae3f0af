import { type DateTime, Effect, Option } from "effect"
import { type EventContext, Outbox } from "../kernel/index.ts"
import { enact } from "./enact.ts"
import { invoiceEvent } from "./events.ts"
import type { Invoice } from "./invoice.ts"
import { failedLetter, paidLetter, sendLetters } from "./mails.ts"
import { type Attempt, Invoices, Subscriptions } from "./ports.ts"
import { type PaymentOutcome, settle, type Settlement } from "./settle.ts"
import type { Subscription } from "./subscription.ts"

/** Why a payment failed that its payer, or we, called off: nobody need be told. */
export const cancelled = "cancelled"

export interface AttemptEnd {
  readonly outcome: PaymentOutcome
  readonly reason: string | null
  readonly at: DateTime.Utc
}

/** The subscription first, as everybody locks them. */
const lockBoth = Effect.fnUntraced(function* ({ invoiceId }: Attempt) {
  const [subscriptions, invoices] = [yield* Subscriptions, yield* Invoices]
  const known = Option.getOrUndefined(yield* invoices.byId(invoiceId))
  const subscription =
    known === undefined ? undefined : Option.getOrUndefined(yield* subscriptions.lock(known.subscriptionId))
  const invoice = subscription && Option.getOrUndefined(yield* invoices.lock(invoiceId))
  if (subscription === undefined || invoice === undefined)
    throw new Error(`The attempt at ${invoiceId} has no invoice.`)
  return { subscription, invoice }
})

const tell = Effect.fnUntraced(function* (
  { outcome, reason }: AttemptEnd,
  settled: Settlement,
  subscription: Subscription,
  invoice: Invoice,
  context: EventContext
) {
  const catalog = yield* (yield* Subscriptions).catalog
  const after = settled.decision?.subscription ?? subscription
  if (settled.invoice !== invoice.status) {
    const type = settled.invoice === "paid" ? "invoice_paid" : "invoice_failed"
    yield* (yield* Outbox).append([invoiceEvent(type, after, invoice, context)])
  }
  if (outcome === "succeeded" && !settled.refund) {
    return yield* sendLetters(after, [paidLetter(after, invoice, catalog)], context)
  }
  const isDunned =
    outcome === "failed" && reason !== cancelled && after.status === "past_due" && after.invoiceId === invoice.id
  if (isDunned) yield* sendLetters(after, [failedLetter(after, invoice, catalog)], context)
})

/**
 * The end of one try at having an invoice paid, within the caller's transaction: invoice and subscription get theirs
 * together (30-subscriptions, "Only the provider's webhook activates"). True when this very call changed something.
 */
export const settleAttempt = Effect.fnUntraced(function* (attempt: Attempt, end: AttemptEnd, context: EventContext) {
  const invoices = yield* Invoices
  const { subscription, invoice } = yield* lockBoth(attempt)
  const settled = settle(subscription, invoice, end.outcome, end.at)
  const isFirst = yield* invoices.endAttempt(attempt.invoiceId, attempt.attempt, { ...end, refund: settled.refund })
  if (!isFirst) return false
  if (settled.invoice !== invoice.status) yield* invoices.move(invoice.id, settled.invoice, end.at)
  yield* tell(end, settled, subscription, invoice, context)
  // The row is locked: nobody can have moved it on.
  if (settled.decision !== undefined) yield* Effect.orDie(enact(settled.decision, subscription, context, true))
  return true
})
