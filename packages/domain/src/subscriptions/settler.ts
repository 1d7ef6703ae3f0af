import { Context, DateTime, Effect, Option } from "effect"
import { Users } from "../accounts/index.ts"
import { Ids, Outbox, systemContext } from "../kernel/index.ts"
import { isTerminal, type Payment, type PaymentSettler, type Refund } from "../payments/index.ts"
import { invoiceEvent } from "./events.ts"
import { refundLetter, sendLetters } from "./mails.ts"
import { Invoices, Subscriptions } from "./ports.ts"
import { BillingSettings } from "./settings.ts"
import { cancelled, settleAttempt } from "./settle-attempt.ts"

const reasonOf = ({ failure, status }: Payment): string | null =>
  failure === undefined ? (status === "cancelled" ? cancelled : null) : `${failure.code}: ${failure.message}`

const settlePayment = Effect.fn("subscriptions.settlePayment")(function* (payment: Payment) {
  const invoices = yield* Invoices
  const attempt = Option.getOrUndefined(yield* invoices.attemptOf(payment.id))
  if (attempt === undefined) return "not_mine"
  const isOver = attempt.outcome === "succeeded" || (attempt.outcome === "failed" && payment.status !== "succeeded")
  if (isOver || !isTerminal(payment.status)) return "unchanged"
  const invoice = Option.getOrUndefined(yield* invoices.byId(attempt.invoiceId))
  const isWhole = invoice?.totalMinor === payment.amount.amount_minor && invoice.currency === payment.amount.currency
  if (payment.status === "succeeded" && !isWhole) {
    yield* Effect.logError("a payment is not what its invoice comes to", {
      payment: payment.id,
      invoice: invoice?.number
    })
    return "unchanged"
  }
  const outcome = payment.status === "succeeded" ? "succeeded" : "failed"
  const end = { outcome, reason: reasonOf(payment), at: yield* DateTime.now } as const
  return (yield* settleAttempt(attempt, end, systemContext)) ? "settled" : "unchanged"
})

/** Notes that the whole of a payment was given back, once. Within the caller's transaction. */
export const noteRefund = Effect.fn("subscriptions.noteRefund")(function* ({ paymentId, status, amount }: Refund) {
  const [invoices, subscriptions] = [yield* Invoices, yield* Subscriptions]
  const attempt = Option.getOrUndefined(yield* invoices.attemptOf(paymentId))
  if (attempt === undefined) return "not_mine"
  if (status === "failed") yield* Effect.logError("a refund failed at the provider", { payment: paymentId })
  const invoice = Option.getOrUndefined(yield* invoices.byId(attempt.invoiceId))
  const subscription = invoice && Option.getOrUndefined(yield* subscriptions.byId(invoice.subscriptionId))
  if (invoice === undefined || subscription === undefined) return "unchanged"
  if (status !== "succeeded" || amount.amount_minor < invoice.totalMinor) return "unchanged"
  if (!(yield* invoices.markRefunded(paymentId, yield* DateTime.now))) return "unchanged"
  yield* (yield* Outbox).append([invoiceEvent("payment_refunded", subscription, invoice, systemContext)])
  yield* sendLetters(subscription, [refundLetter(subscription, invoice, yield* subscriptions.catalog)], systemContext)
  return "settled"
})

/** What subscriptions contribute to payments: what invoices become when the provider says how their payments ended. */
export const invoiceSettler = Effect.gen(function* () {
  const services = Context.pick(
    Invoices,
    Subscriptions,
    Users,
    Outbox,
    Ids,
    BillingSettings
  )(yield* Effect.context<Invoices | Subscriptions | Users | Outbox | Ids | BillingSettings>())
  const invoices = yield* Invoices
  const settler: PaymentSettler = {
    name: "invoices",
    settle: (payment) => Effect.provide(settlePayment(payment), services),
    settleRefund: (refund) => Effect.provide(noteRefund(refund), services),
    claimOpen: invoices.claimOpenPayments
  }
  return settler
})
