import { Effect, Option } from "effect"
import { mailToOwner, type SubscriptionNews, Users } from "../accounts/index.ts"
import { type EventContext, Outbox } from "../kernel/index.ts"
import type { SubscriptionStep } from "./decision.ts"
import { nextRetryAt } from "./dunning.ts"
import { dayOfDate, planTitle, priceText, titleOf, totalText } from "./format.ts"
import type { Invoice } from "./invoice.ts"
import { type Catalog, planAt } from "./plan.ts"
import type { Subscription } from "./subscription.ts"

interface Letter {
  readonly news: SubscriptionNews
  readonly plan: string
  readonly amount?: string | null
  readonly day?: string | null
  readonly invoice?: string | null
}

/** What amounts that are yet to be charged are made of. */
interface Prices {
  readonly catalog: Catalog
  readonly taxRateBps: number
}

/** The mail of a step; the payments themselves have theirs (`paidLetter`, `failedLetter`). */
const letterOf = (
  step: SubscriptionStep,
  subscription: Subscription,
  from: Subscription | undefined,
  { catalog, taxRateBps }: Prices,
  invoice: Invoice | undefined
): Letter | undefined => {
  const { cycle, periodEnd, trialEndsAt, updatedAt } = subscription
  const plan = titleOf(catalog, subscription)
  const day = dayOfDate(periodEnd)
  const next = planAt(catalog, subscription.nextPlan ?? subscription.plan, trialEndsAt ?? updatedAt)
  const nextCycle = subscription.nextCycle ?? cycle
  switch (step) {
    case "trial_started":
    case "trial_ending":
      return { news: step, plan, day, amount: next === undefined ? null : priceText(next, nextCycle, taxRateBps) }
    case "plan_changed":
      return { news: "changed", plan }
    case "change_lapsed":
      return { news: "change_lapsed", plan }
    case "change_scheduled":
      return { news: "change_scheduled", plan: next === undefined ? plan : planTitle(next, nextCycle), day }
    case "change_revoked":
    case "reactivated":
      return { news: "continues", plan, day }
    case "cancellation_scheduled":
      return { news: "ending", plan, day }
    case "canceled":
      return subscription.plan === "free" ? undefined : { news: "ended_canceled", plan }
    case "expired":
      return { news: from?.status === "pending_payment" ? "not_completed" : "ended_unpaid", plan }
    case "past_due":
    case "payment_retried":
      return invoice === undefined ? undefined : { news: "payment_reminder", plan, amount: totalText(invoice) }
    case "created":
    case "activated":
    case "renewed":
    case "trial_ended":
      return undefined
  }
}

export const paidLetter = (subscription: Subscription, invoice: Invoice, catalog: Catalog): Letter => ({
  news: "paid",
  plan: titleOf(catalog, subscription),
  amount: totalText(invoice),
  day: dayOfDate(invoice.periodEnd),
  invoice: invoice.number
})

export const failedLetter = (subscription: Subscription, invoice: Invoice, catalog: Catalog): Letter => ({
  news: "payment_failed",
  plan: titleOf(catalog, subscription),
  amount: totalText(invoice),
  day: dayOfDate(
    subscription.failedAt === null ? null : (nextRetryAt(subscription.failedAt, subscription.retries) ?? null)
  )
})

export const refundLetter = (subscription: Subscription, invoice: Invoice, catalog: Catalog): Letter => ({
  news: "refunded",
  plan: titleOf(catalog, subscription),
  amount: totalText(invoice),
  invoice: invoice.number
})

/** Asks for mails to the owner of a subscription, within the current transaction. */
export const sendLetters = Effect.fnUntraced(function* (
  { userId }: Subscription,
  letters: ReadonlyArray<Letter>,
  context: EventContext
) {
  if (letters.length === 0) return
  const owner = Option.getOrUndefined(yield* (yield* Users).byId(userId))
  const events = letters.flatMap((letter) =>
    mailToOwner(
      owner,
      (to, username) => ({
        template: "subscription_news",
        to,
        username,
        news: letter.news,
        plan: letter.plan,
        amount: letter.amount ?? null,
        day: letter.day ?? null,
        invoice: letter.invoice ?? null
      }),
      context
    )
  )
  yield* (yield* Outbox).append(events)
})

/** The mails of what happened, in order. `invoice`: what is owed where nobody can be charged. */
export const lettersOf = (
  steps: ReadonlyArray<SubscriptionStep>,
  subscription: Subscription,
  from: Subscription | undefined,
  prices: Prices,
  invoice: Invoice | undefined
): ReadonlyArray<Letter> => steps.flatMap((step) => letterOf(step, subscription, from, prices, invoice) ?? [])
