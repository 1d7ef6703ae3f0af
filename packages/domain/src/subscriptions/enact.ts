import { DateTime, Effect, Option } from "effect"
import { type EventContext, Ids, Outbox, UserId } from "../kernel/index.ts"
import type { Decision } from "./decision.ts"
import { SubscriptionConflict } from "./errors.ts"
import { invoiceEvent, subscriptionEvent } from "./events.ts"
import type { Invoice, InvoiceId } from "./invoice.ts"
import { lettersOf, sendLetters } from "./mails.ts"
import { type Attempt, Invoices, Subscriptions } from "./ports.ts"
import { BillingSettings } from "./settings.ts"
import type { Subscription } from "./subscription.ts"

/** What came of a decision. */
export interface Enacted {
  readonly subscription: Subscription
  /** Issued with it. */
  readonly invoice: Invoice | undefined
  /** To be made as soon as all this is stored. */
  readonly attempt: Attempt | undefined
}

/** How long whoever stores an attempt has for making it before a worker does. */
export const sendWithin = { minutes: 1 } as const

const conflict = ({ status }: Subscription) => new SubscriptionConflict({ status, reason: "changed_meanwhile" })

const voidAll = Effect.fnUntraced(function* (
  ids: ReadonlyArray<InvoiceId>,
  subscription: Subscription,
  at: DateTime.Utc,
  context: EventContext
) {
  const invoices = yield* Invoices
  for (const id of ids) {
    if (!(yield* invoices.move(id, "void", at))) continue
    const voided = Option.getOrUndefined(yield* invoices.byId(id))
    if (voided !== undefined) {
      yield* (yield* Outbox).append([invoiceEvent("invoice_voided", subscription, voided, context)])
    }
  }
})

const record = Effect.fnUntraced(function* (
  { subscription, issue, steps }: Decision,
  from: Subscription | undefined,
  context: EventContext
) {
  // In the order in which they happened, within one millisecond too.
  const rows = (yield* (yield* Ids).rows(steps.length)).toSorted()
  yield* (yield* Subscriptions).record(
    steps.map((step, n) => ({
      id: rows[n] ?? "",
      subscriptionId: subscription.id,
      userId: subscription.userId,
      step,
      from: from?.status ?? null,
      to: subscription.status,
      plan: subscription.plan,
      cycle: subscription.cycle,
      invoiceId: issue?.id ?? subscription.invoiceId ?? from?.invoiceId ?? null,
      by: context.actor_id === null ? null : UserId.make(context.actor_id),
      at: subscription.updatedAt
    }))
  )
  yield* (yield* Outbox).append(steps.map((step) => subscriptionEvent(step, subscription, context)))
})

const issued = Effect.fnUntraced(function* ({ issue, subscription }: Decision, context: EventContext) {
  if (issue === undefined) return undefined
  const invoice = Option.getOrUndefined(yield* (yield* Invoices).issue(issue, subscription.updatedAt))
  if (invoice === undefined) return yield* conflict(subscription)
  const outbox = yield* Outbox
  yield* outbox.append([invoiceEvent("invoice_issued", subscription, invoice, context)])
  if (invoice.status === "paid") yield* outbox.append([invoiceEvent("invoice_paid", subscription, invoice, context)])
  return invoice
})

/**
 * Stores a decision with its history, events and mails, within the caller's transaction; fails, and with it the
 * transaction, when the subscription moved on since it was read.
 */
export const enact = Effect.fnUntraced(function* (
  decision: Decision,
  from: Subscription | undefined,
  context: EventContext,
  /** The payment that this came of has a mail of its own. */
  isTold = false
) {
  const [subscriptions, invoices] = [yield* Subscriptions, yield* Invoices]
  const { subscription, charge, voids, steps } = decision
  const at = subscription.updatedAt
  const stored = from === undefined ? subscriptions.add(subscription) : subscriptions.save(subscription, from)
  if (!(yield* stored)) return yield* conflict(from ?? subscription)
  yield* voidAll(voids, subscription, at, context)
  const invoice = yield* issued(decision, context)
  const attempt =
    charge === undefined
      ? undefined
      : yield* invoices.addAttempt(charge.invoiceId, charge.offSession, at, DateTime.add(at, sendWithin))
  yield* record(decision, from, context)
  const owedId = attempt === undefined && !isTold ? subscription.invoiceId : null
  const owed = owedId === null ? undefined : Option.getOrUndefined(yield* invoices.byId(owedId))
  const prices = { catalog: yield* subscriptions.catalog, taxRateBps: (yield* BillingSettings).taxRateBps }
  const news = isTold ? steps.filter((step) => step !== "plan_changed") : steps
  const letters = lettersOf(news, subscription, from, prices, owed)
  yield* sendLetters(subscription, letters, context)
  return { subscription, invoice, attempt } satisfies Enacted
})
