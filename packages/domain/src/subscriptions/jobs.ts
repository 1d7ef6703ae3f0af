import { DateTime, Effect, Option, Ref } from "effect"
import { Users } from "../accounts/index.ts"
import { Currency, Ids, systemContext, Transaction } from "../kernel/index.ts"
import {
  Mandates,
  PaymentProvider,
  PaymentProviderUnavailable,
  type RefundKey,
  settlePayment
} from "../payments/index.ts"
import { advance } from "./advance.ts"
import { callOffLeftPayment } from "./call-off.ts"
import { makePayment } from "./charge.ts"
import { type Enacted, enact } from "./enact.ts"
import { InvoiceId } from "./invoice.ts"
import { planVersion } from "./plan.ts"
import { type Attempt, type DueRefund, Invoices, Subscriptions } from "./ports.ts"
import { noteRefund } from "./settler.ts"
import { BillingSettings } from "./settings.ts"
import { setUp } from "./subscribe.ts"
import type { Subscription } from "./subscription.ts"

/** Things read at a time. */
const batch = 100
/** Of the provider at a time: when it does not answer each takes three tries of eight seconds. */
const asked = 10
/** Steps that one look does for one subscription; what is left is done at the next look. */
const stepsAtOnce = 10
/** How long one worker has for asking the provider for what it claimed. */
const claim = { minutes: 5 } as const

const step = Effect.fnUntraced(function* ({ id }: Subscription) {
  const [subscriptions, invoices] = [yield* Subscriptions, yield* Invoices]
  const subscription = Option.getOrUndefined(yield* subscriptions.lock(id))
  if (subscription === undefined) return undefined
  const last = subscription.invoiceId === null ? Option.none() : yield* invoices.lastAttempt(subscription.invoiceId)
  const decision = advance(subscription, {
    catalog: yield* subscriptions.catalog,
    taxRateBps: (yield* BillingSettings).taxRateBps,
    hasMandate: Option.isSome(yield* (yield* Mandates).of(subscription.userId)),
    isAwaited: Option.exists(last, ({ outcome }) => outcome === null),
    isBanned: Option.exists(yield* (yield* Users).byId(subscription.userId), ({ isBanned }) => isBanned),
    invoiceId: InvoiceId.make(yield* (yield* Ids).entity),
    at: yield* DateTime.now
  })
  return decision && (yield* enact(decision, subscription, systemContext))
})

/** What the provider does not take now is asked again, by the same key; what it never takes has ended by that. */
const charge = Effect.fnUntraced(function* (attempt: Attempt) {
  const invoice = Option.getOrUndefined(yield* (yield* Invoices).byId(attempt.invoiceId))
  if (invoice === undefined) return
  yield* makePayment(attempt, invoice).pipe(
    Effect.catchTag("PaymentRefused", ({ code }) =>
      Effect.logWarning("the payment provider refused a payment", { invoice: invoice.number, code })
    )
  )
})

/** Asks the provider as long as it answers; `sendPayments` asks for what is left. */
const chargeWhile = Effect.fnUntraced(function* (isThere: Ref.Ref<boolean>, attempt: Attempt) {
  if (!(yield* Ref.get(isThere))) return
  yield* Effect.catch(charge(attempt), () => Ref.set(isThere, false))
})

/** Looks for a way to pay that was told within a trial, in case its webhook got lost: who told none pays at the end. */
const findWayToPay = Effect.fnUntraced(function* (subscription: Subscription, isThere: Ref.Ref<boolean>) {
  if (subscription.status !== "trialing" || subscription.cancelAtPeriodEnd || !(yield* Ref.get(isThere))) return
  if (Option.isSome(yield* (yield* Mandates).of(subscription.userId))) return
  const plan = planVersion(yield* (yield* Subscriptions).catalog, subscription.plan, subscription.planVersion)
  const found = plan === undefined ? Effect.undefined : setUp(subscription, plan)
  const payment = yield* Effect.catchTag(found, "PaymentRefused", () => Effect.undefined)
  if (payment?.status === "succeeded") yield* (yield* Transaction).atomically(settlePayment(payment))
})

const advanceOne = Effect.fnUntraced(function* (subscription: Subscription, isThere: Ref.Ref<boolean>) {
  const { atomically } = yield* Transaction
  yield* Effect.catch(findWayToPay(subscription, isThere), () => Ref.set(isThere, false))
  if (yield* Ref.get(isThere)) {
    yield* Effect.catch(callOffLeftPayment(subscription), () => Ref.set(isThere, false))
  }
  for (let n = 0; n < stepsAtOnce; n++) {
    const done: Enacted | undefined = yield* atomically(step(subscription))
    if (done === undefined) return n
    if (done.attempt !== undefined) yield* chargeWhile(isThere, done.attempt)
  }
  return stepsAtOnce
})

/** One that cannot be dealt with does not keep the others from it. */
const apart = <A, E, R>(work: Effect.Effect<A, E, R>, about: Readonly<Record<string, string>>) =>
  Effect.catchCause(work, (cause) =>
    Effect.as(Effect.logError("a subscription could not be dealt with", about, cause), 0)
  )

/**
 * Job: does for every subscription what the clock has made due: reminders, the ends of trials, renewals, retries, what
 * was not completed, cancellations. Each step is a transaction of its own, guarded by the row: several workers at once,
 * or one that is killed, leave every step done once. A provider that does not answer keeps nobody waiting: it is asked
 * no more by this run. Answers how many steps it did.
 */
export const advanceSubscriptions = Effect.fn("subscriptions.advance")(function* () {
  const subscriptions = yield* Subscriptions
  const at = yield* DateTime.now
  const isThere = yield* Ref.make(true)
  let done = 0
  let page: ReadonlyArray<Subscription> = []
  do {
    page = yield* subscriptions.due(at, page.at(-1), batch)
    for (const subscription of page) {
      done += yield* apart(advanceOne(subscription, isThere), { subscription: subscription.id })
    }
  } while (page.length === batch)
  return done
})

/** A provider that is away is asked again by a later run; that it does not answer it was told where it was asked. */
const unlessAway = <A, E, R>(work: Effect.Effect<A, E | PaymentProviderUnavailable, R>) =>
  Effect.catchIf(
    Effect.as(work, 1),
    (error) => error instanceof PaymentProviderUnavailable,
    () => Effect.succeed(0)
  )

/** Batch after batch, until none is left or nothing of one was answered; answers how many were. */
const eachBatch = Effect.fnUntraced(function* <A, R, R2>(
  claimed: Effect.Effect<ReadonlyArray<A>, never, R>,
  ask: (one: A) => Effect.Effect<number, never, R2>
) {
  let answered = 0
  for (;;) {
    const found = yield* claimed
    const before = answered
    for (const one of found) answered += yield* ask(one)
    if (found.length < asked || answered === before) return answered
  }
})

/** Job: asks the provider for the payments whose asking a crash or an outage cut off; answers how many. */
export const sendPayments = Effect.fn("subscriptions.sendPayments")(function* () {
  const invoices = yield* Invoices
  if (!(yield* PaymentProvider).isConfigured) return 0
  const now = yield* DateTime.now
  return yield* eachBatch(invoices.claimUnsent(now, DateTime.add(now, claim), asked), (attempt) =>
    apart(unlessAway(charge(attempt)), { invoice: attempt.invoiceId })
  )
})

/** How long a refund that the provider did not make is left alone: why it did not, rarely changes at once. */
const refundPause = { days: 1 } as const

/** Under one key there is one refund for ever: after one that failed the next has another. */
const refundKey = ({ paymentId, failures }: DueRefund): RefundKey =>
  failures === 0 ? `refund:${paymentId}` : `refund:${paymentId}:${failures + 1}`

const refundOne = Effect.fnUntraced(function* (due: DueRefund) {
  const { invoice, paymentId, failures } = due
  const asking = (yield* PaymentProvider).refund(refundKey(due), {
    paymentId,
    amount: { amount_minor: invoice.totalMinor, currency: Currency.make(invoice.currency) },
    reason: `invoice ${invoice.number} was no longer owed`
  })
  const refund = yield* asking.pipe(
    Effect.catchTag("PaymentRefused", ({ code }) =>
      Effect.as(Effect.logError("the payment provider refused a refund", { payment: paymentId, code }), undefined)
    )
  )
  if (refund !== undefined) yield* (yield* Transaction).atomically(noteRefund(refund))
  if (refund !== undefined && refund.status !== "failed") return
  yield* (yield* Invoices).refundFailed(paymentId, failures, DateTime.add(yield* DateTime.now, refundPause))
})

/** Job: gives back what came in for nothing; answers how many payments. */
export const refundPayments = Effect.fn("subscriptions.refundPayments")(function* () {
  const invoices = yield* Invoices
  if (!(yield* PaymentProvider).isConfigured) return 0
  const now = yield* DateTime.now
  return yield* eachBatch(invoices.claimRefunds(now, DateTime.add(now, claim), asked), (refund) =>
    apart(unlessAway(refundOne(refund)), { payment: refund.paymentId })
  )
})
