import { DateTime, Effect, Option, Redacted } from "effect"
import { emailKey, Users } from "../accounts/index.ts"
import { Currency, contextOf, Ids, Secrets, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import {
  isTerminal,
  type NewPayment,
  type Payment,
  PaymentProvider,
  PaymentProviderNotConfigured
} from "../payments/index.ts"
import { begin } from "./begin.ts"
import { makePayment, returnUrl } from "./charge.ts"
import type { Decision } from "./decision.ts"
import { enact } from "./enact.ts"
import { AlreadySubscribed } from "./errors.ts"
import { type Invoice, InvoiceId, SubscriptionId } from "./invoice.ts"
import { type BillingCycle, type Plan, planAt, type PlanId, priceOf } from "./plan.ts"
import { Subscriptions } from "./ports.ts"
import { onceMoreIfOver, resume } from "./resume.ts"
import { BillingSettings } from "./settings.ts"
import { Subscription } from "./subscription.ts"

export interface SubscribeCommand {
  readonly plan: PlanId
  readonly cycle: BillingCycle
}

/** A subscription, and what its owner needs to pay for it. */
export interface Payable {
  readonly subscription: Subscription
  readonly invoice: Invoice | undefined
  readonly payment: Payment | undefined
}

/** Plans are in the database, and each of the three is on sale. */
export const soldNow = Effect.fnUntraced(function* (id: PlanId, at: DateTime.Utc) {
  const plan = planAt(yield* (yield* Subscriptions).catalog, id, at)
  return plan === undefined ? yield* Effect.die(new Error(`The plan ${id} is not on sale.`)) : plan
})

/** Trials are given once a person: the address is known by its digest alone. */
export const addressOf = Effect.fnUntraced(function* (userId: UserId) {
  const owner = Option.getOrUndefined(yield* (yield* Users).byId(userId))
  return (yield* Secrets).digest(Redacted.make(emailKey(owner?.email ?? userId)))
})

/** The free plan gives way to one that is asked for. */
const giveWay = (subscription: Subscription, at: DateTime.Utc): Decision => ({
  subscription: new Subscription({
    ...subscription,
    status: "canceled",
    endedAt: at,
    updatedAt: at,
    revision: subscription.revision + 1
  }),
  voids: [],
  steps: ["canceled"]
})

const start = Effect.fnUntraced(function* (actor: SignedIn, plan: Plan, cycle: BillingCycle) {
  const [subscriptions, ids] = [yield* Subscriptions, yield* Ids]
  const { userId } = actor
  const at = yield* DateTime.now
  const running = Option.getOrUndefined(yield* subscriptions.runningOf(userId))
  if (running !== undefined && (running.plan !== "free" || plan.id === "free")) {
    return yield* new AlreadySubscribed({ status: running.status })
  }
  if (running !== undefined) yield* enact(giveWay(running, at), running, contextOf(actor))
  const mayTry = plan.trialDays > 0 && (yield* subscriptions.takeTrial(userId, yield* addressOf(userId), at))
  const decision = begin({
    id: SubscriptionId.make(yield* ids.entity),
    invoiceId: InvoiceId.make(yield* ids.entity),
    userId,
    plan,
    cycle,
    mayTry,
    taxRateBps: (yield* BillingSettings).taxRateBps,
    at
  })
  return yield* enact(decision, undefined, contextOf(actor))
})

/** Tries at leaving a way to pay that one trial has. */
const setUps = 10

/**
 * The payer is asked how the trial will be paid for; they may do without and pay at its end. Asked again it is the same
 * payment, unless that failed or nobody came in time: then it is the next.
 */
export const setUp = Effect.fnUntraced(function* (subscription: Subscription, plan: Plan) {
  const provider = yield* PaymentProvider
  const wanted: NewPayment = {
    amount: { amount_minor: 0, currency: Currency.make(plan.currency) },
    customer: subscription.userId,
    description: `Veza, ${plan.name} after the trial`,
    by: { _tag: "Payer", remember: true, returnUrl: yield* returnUrl }
  }
  let payment = yield* provider.create(`setup:${subscription.id}`, wanted)
  for (let n = 2; n <= setUps && isTerminal(payment.status) && payment.status !== "succeeded"; n++) {
    payment = yield* provider.create(`setup:${subscription.id}:${n}`, wanted)
  }
  return payment
})

/** Somebody who asks for the very thing that is waiting for their payment is led on to it. */
const pendingOf = Effect.fnUntraced(function* (actor: SignedIn, { plan, cycle }: SubscribeCommand) {
  const running = Option.getOrUndefined(yield* (yield* Subscriptions).runningOf(actor.userId))
  const isSame = running?.status === "pending_payment" && running.plan === plan && running.cycle === cycle
  return isSame ? running : yield* new AlreadySubscribed({ status: running?.status ?? "active" })
})

/**
 * Begins a subscription (30-subscriptions, "Subscribe"). What is paid for waits for the provider's word; asked twice at
 * once it is one subscription and one payment. Without a provider only the free plan can be had.
 */
export const subscribe = Effect.fn("subscriptions.subscribe")(function* (actor: SignedIn, command: SubscribeCommand) {
  const plan = yield* soldNow(command.plan, yield* DateTime.now)
  const isFree = priceOf(plan, command.cycle) === 0
  if (!isFree && !(yield* PaymentProvider).isConfigured) return yield* new PaymentProviderNotConfigured()
  const started = yield* (yield* Transaction).atomically(start(actor, plan, command.cycle)).pipe(
    Effect.catchTags({
      AlreadySubscribed: () => pendingOf(actor, command),
      SubscriptionConflict: () => pendingOf(actor, command)
    })
  )
  if (started instanceof Subscription) return yield* resume(started)
  const { subscription, invoice, attempt } = started
  if (subscription.status === "trialing") {
    const payment = Option.getOrUndefined(yield* Effect.option(setUp(subscription, plan)))
    return { subscription, invoice, payment } satisfies Payable
  }
  const payment = attempt && invoice ? yield* makePayment(attempt, invoice) : undefined
  return { subscription, invoice, payment } satisfies Payable
}, onceMoreIfOver)
