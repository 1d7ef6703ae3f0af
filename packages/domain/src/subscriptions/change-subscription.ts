import { DateTime, Effect, Option, Result } from "effect"
import { contextOf, Ids, type SignedIn, Transaction, type UserId } from "../kernel/index.ts"
import { Mandates, PaymentProvider, PaymentProviderNotConfigured } from "../payments/index.ts"
import { cancel, changeCycle, changePlan, type ChangeCircumstances, reactivate } from "./changes.ts"
import { makePayment } from "./charge.ts"
import type { Decision } from "./decision.ts"
import { enact } from "./enact.ts"
import { ProrationOutdated, type SubscriptionConflict, SubscriptionNotFound } from "./errors.ts"
import { InvoiceId } from "./invoice.ts"
import type { BillingCycle, PlanId } from "./plan.ts"
import { Invoices, Subscriptions } from "./ports.ts"
import { onceMoreIfOver, resume } from "./resume.ts"
import { BillingSettings } from "./settings.ts"
import { type Payable, soldNow } from "./subscribe.ts"
import { Subscription } from "./subscription.ts"

/** What somebody wants instead of what they have. */
export type Wish =
  { readonly _tag: "Plan"; readonly plan: PlanId } | { readonly _tag: "Cycle"; readonly cycle: BillingCycle }

/** How long a preview can be acted upon at its price. */
const previewHolds = { minutes: 15 } as const

const runningOf = Effect.fnUntraced(function* (userId: UserId) {
  return Option.getOrUndefined(yield* (yield* Subscriptions).runningOf(userId)) ?? (yield* new SubscriptionNotFound())
})

/** Until the transaction ends. Whoever was quicker may have ended it. */
const lockRunning = Effect.fnUntraced(function* (userId: UserId) {
  const { id } = yield* runningOf(userId)
  const locked = Option.getOrUndefined(yield* (yield* Subscriptions).lock(id))
  return locked === undefined || locked.endedAt !== null ? yield* new SubscriptionNotFound() : locked
})

/** A moment of a preview is taken for what it is as long as it holds, its period runs and nothing has changed since. */
const countedFrom = Effect.fnUntraced(function* (
  { updatedAt, periodEnd }: Subscription,
  wanted: DateTime.Utc | undefined
) {
  const now = yield* DateTime.now
  if (wanted === undefined) return now
  const isFresh =
    !DateTime.isGreaterThan(wanted, now) &&
    !DateTime.isLessThan(wanted, DateTime.subtract(now, previewHolds)) &&
    !DateTime.isLessThan(wanted, updatedAt) &&
    (periodEnd === null || DateTime.isLessThan(now, periodEnd))
  return isFresh ? wanted : yield* new ProrationOutdated()
})

/** There is a method on file, and the last charge by it did not fail: a card that was declined is not tried unasked. */
const mayCharge = Effect.fnUntraced(function* (userId: UserId) {
  const mandate = Option.getOrUndefined(yield* (yield* Mandates).of(userId))
  if (mandate === undefined) return false
  const last = Option.getOrUndefined(yield* (yield* Invoices).lastCharge(userId))
  return last?.outcome !== "failed" || DateTime.isLessThan(last.createdAt, mandate.agreedAt)
})

/** What a wish comes to, with nothing stored: the one place where changes and their previews are decided. */
export const judgeWish = Effect.fnUntraced(function* (
  subscription: Subscription,
  wish: Wish,
  prorationAt: DateTime.Utc | undefined
) {
  const at = yield* countedFrom(subscription, prorationAt)
  const given: ChangeCircumstances = {
    catalog: yield* (yield* Subscriptions).catalog,
    taxRateBps: (yield* BillingSettings).taxRateBps,
    hasMandate: yield* mayCharge(subscription.userId),
    invoiceId: InvoiceId.make(yield* (yield* Ids).entity),
    at
  }
  const judged: Result.Result<Decision, SubscriptionConflict> =
    wish._tag === "Plan"
      ? changePlan(subscription, yield* soldNow(wish.plan, at), given)
      : changeCycle(subscription, wish.cycle, yield* soldNow(subscription.plan, at), given)
  return yield* Effect.fromResult(judged)
})

/** The invoice of the very change that is asked for, at the price that is asked for, where it waits for its payment. */
export const underWay = Effect.fnUntraced(function* (
  { invoiceId, status, plan, cycle }: Subscription,
  wish: Wish,
  prorationAt: DateTime.Utc | undefined
) {
  if (invoiceId === null || status !== "active") return undefined
  const invoice = Option.getOrUndefined(yield* (yield* Invoices).byId(invoiceId))
  if (invoice?.kind !== "change") return undefined
  if (prorationAt !== undefined && !DateTime.Equivalence(prorationAt, invoice.createdAt)) return undefined
  const isWished =
    wish._tag === "Plan"
      ? wish.plan !== plan && wish.plan === invoice.plan
      : wish.cycle !== cycle && wish.cycle === invoice.cycle
  return isWished ? invoice : undefined
})

/** Judged with the row locked: of two that ask for the same at once the later finds it under way. */
const decideAndStore = Effect.fnUntraced(function* (
  actor: SignedIn,
  wish: Wish,
  prorationAt: DateTime.Utc | undefined
) {
  const subscription = yield* lockRunning(actor.userId)
  if ((yield* underWay(subscription, wish, prorationAt)) !== undefined) return subscription
  const decision = yield* judgeWish(subscription, wish, prorationAt)
  if (decision.charge !== undefined && !(yield* PaymentProvider).isConfigured) {
    return yield* new PaymentProviderNotConfigured()
  }
  return yield* enact(decision, subscription, contextOf(actor))
})

/**
 * Changes plan or cycle (30-subscriptions): what is better at once, when it is paid; what is less at the end of the
 * period. Asked again, or by two at once, it is the same payment. `prorationAt`: the moment of a preview, whose price is
 * charged then.
 */
export const changeSubscription = Effect.fn("subscriptions.change")(function* (
  actor: SignedIn,
  wish: Wish,
  prorationAt?: DateTime.Utc
) {
  const changed = yield* (yield* Transaction).atomically(decideAndStore(actor, wish, prorationAt))
  if (changed instanceof Subscription) return (yield* resume(changed)) satisfies Payable
  const { subscription, invoice, attempt } = changed
  const payment = attempt && invoice ? yield* makePayment(attempt, invoice) : undefined
  return { subscription, invoice, payment } satisfies Payable
}, onceMoreIfOver)

const simply = (
  change: (subscription: Subscription, at: DateTime.Utc) => Result.Result<Decision, SubscriptionConflict>
) =>
  Effect.fnUntraced(function* (actor: SignedIn) {
    const subscription = yield* lockRunning(actor.userId)
    const decision = yield* Effect.fromResult(change(subscription, yield* DateTime.now))
    return (yield* enact(decision, subscription, contextOf(actor))).subscription
  })
const canceled = simply(cancel)
const reactivated = simply(reactivate)

/** Cancels the caller's subscription: at the end of its period, or at once where it is not paid. */
export const cancelSubscription = Effect.fn("subscriptions.cancel")(function* (actor: SignedIn) {
  return yield* (yield* Transaction).atomically(canceled(actor))
})

/** Takes the cancellation back. */
export const reactivateSubscription = Effect.fn("subscriptions.reactivate")(function* (actor: SignedIn) {
  return yield* (yield* Transaction).atomically(reactivated(actor))
})
