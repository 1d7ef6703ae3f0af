import { DateTime, Effect, Option } from "effect"
import { Ids, type SignedIn } from "../kernel/index.ts"
import { begin } from "./begin.ts"
import { judgeWish, underWay, type Wish } from "./change-subscription.ts"
import type { Decision } from "./decision.ts"
import { AlreadySubscribed, SubscriptionConflict } from "./errors.ts"
import { InvoiceId, type InvoiceLine, SubscriptionId, totalsOf } from "./invoice.ts"
import { nextPeriod } from "./periods.ts"
import { type BillingCycle, type Catalog, planAt, type PlanId, priceOf } from "./plan.ts"
import { Subscriptions } from "./ports.ts"
import { BillingSettings } from "./settings.ts"
import { addressOf, soldNow } from "./subscribe.ts"
import type { Subscription } from "./subscription.ts"
import { paidFor } from "./settle.ts"

export interface PreviewQuery {
  readonly plan?: PlanId | undefined
  readonly cycle?: BillingCycle | undefined
}

/** What a change would cost: nothing of it is stored. */
export interface Preview {
  /** Handed back with the change, it is charged just this. */
  readonly at: DateTime.Utc
  /** When the change is had. */
  readonly effectiveAt: DateTime.Utc
  readonly plan: PlanId
  readonly cycle: BillingCycle
  readonly lines: ReadonlyArray<InvoiceLine>
  readonly currency: string
  readonly subtotalMinor: number
  readonly taxMinor: number
  /** To be paid now. */
  readonly totalMinor: number
  /** What follows, unless something changes before. */
  readonly next: { readonly at: DateTime.Utc; readonly totalMinor: number } | undefined
}

/** What comes when the running period is over. */
const nextCharge = (catalog: Catalog, taxRateBps: number, subscription: Subscription): Preview["next"] => {
  const { periodEnd, anchorAt, cancelAtPeriodEnd } = subscription
  if (periodEnd === null || cancelAtPeriodEnd) return undefined
  const plan = planAt(catalog, subscription.nextPlan ?? subscription.plan, periodEnd)
  const cycle = subscription.nextCycle ?? subscription.cycle
  if (plan === undefined || priceOf(plan, cycle) === 0) return undefined
  const { start } = nextPeriod(anchorAt, periodEnd, cycle, periodEnd)
  const net = {
    kind: "plan",
    description: "",
    amount_minor: priceOf(plan, cycle),
    period_start: start,
    period_end: start
  } as const
  return { at: periodEnd, totalMinor: totalsOf([net], taxRateBps).totalMinor }
}

const previewOf = Effect.fnUntraced(function* (
  { subscription, issue }: Pick<Decision, "subscription" | "issue">,
  at: DateTime.Utc
) {
  const catalog = yield* (yield* Subscriptions).catalog
  const { taxRateBps } = yield* BillingSettings
  const after = issue === undefined ? subscription : paidFor(subscription, issue, at).subscription
  const sold = yield* soldNow(after.plan, at)
  const isLater = issue === undefined && (after.nextPlan !== null || after.cancelAtPeriodEnd)
  const preview: Preview = {
    at,
    effectiveAt: isLater && after.periodEnd !== null ? after.periodEnd : at,
    plan: isLater ? (after.nextPlan ?? "free") : after.plan,
    cycle: isLater ? (after.nextCycle ?? after.cycle) : after.cycle,
    lines: issue?.lines ?? [],
    currency: sold.currency,
    subtotalMinor: issue?.subtotalMinor ?? 0,
    taxMinor: issue?.taxMinor ?? 0,
    totalMinor: issue?.totalMinor ?? 0,
    next: nextCharge(catalog, taxRateBps, after)
  }
  return preview
})

const previewBeginning = Effect.fnUntraced(function* (actor: SignedIn, plan: PlanId, cycle: BillingCycle) {
  const at = yield* DateTime.now
  const ids = yield* Ids
  const address = yield* addressOf(actor.userId)
  const decision = begin({
    id: SubscriptionId.make(yield* ids.entity),
    invoiceId: InvoiceId.make(yield* ids.entity),
    userId: actor.userId,
    plan: yield* soldNow(plan, at),
    cycle,
    mayTry: !(yield* (yield* Subscriptions).hasTried(actor.userId, address)),
    taxRateBps: (yield* BillingSettings).taxRateBps,
    at
  })
  return yield* previewOf(decision, at)
})

/** Of a running subscription one thing is changed at a time. */
const wishOf = (running: Subscription, { plan, cycle }: PreviewQuery): Wish | undefined => {
  const isOtherCycle = cycle !== undefined && cycle !== running.cycle
  if (isOtherCycle && plan !== undefined && plan !== running.plan) return undefined
  if (isOtherCycle || plan === undefined) return { _tag: "Cycle", cycle: cycle ?? running.cycle }
  return { _tag: "Plan", plan }
}

/**
 * What subscribing or a change would cost, by the very functions that carry it out: whoever acts on it with its moment
 * pays exactly that.
 */
export const previewChange = Effect.fn("subscriptions.preview")(function* (actor: SignedIn, query: PreviewQuery) {
  const running = Option.getOrUndefined(yield* (yield* Subscriptions).runningOf(actor.userId))
  if (running === undefined || running.plan === "free") {
    if (running !== undefined && (query.plan ?? "free") === "free")
      return yield* new AlreadySubscribed({ status: running.status })
    return yield* previewBeginning(actor, query.plan ?? "free", query.cycle ?? "monthly")
  }
  const wish = wishOf(running, query)
  if (wish === undefined) {
    return yield* new SubscriptionConflict({ status: running.status, reason: "one_change_at_a_time" })
  }
  const waiting = yield* underWay(running, wish, undefined)
  if (waiting !== undefined) return yield* previewOf({ subscription: running, issue: waiting }, waiting.createdAt)
  const at = yield* DateTime.now
  return yield* previewOf(yield* judgeWish(running, wish, at), at)
})
