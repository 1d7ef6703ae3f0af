import { Context, DateTime, Effect, Option } from "effect"
import {
  type Deletion,
  type Eraser,
  exportedTime,
  inPages,
  type PersonalDataSection,
  type PersonalRow,
  Users
} from "../accounts/index.ts"
import { Ids, Outbox, type UserId } from "../kernel/index.ts"
import { enact } from "./enact.ts"
import { formatAmount } from "./format.ts"
import type { Invoice } from "./invoice.ts"
import { type HistoryEntry, Invoices, Subscriptions } from "./ports.ts"
import { BillingSettings } from "./settings.ts"
import { Subscription } from "./subscription.ts"

const subscriptionRow = (subscription: Subscription): PersonalRow => ({
  id: subscription.id,
  plan: subscription.plan,
  billing_cycle: subscription.cycle,
  status: subscription.status,
  began_at: exportedTime(subscription.createdAt),
  trial_ends_at: exportedTime(subscription.trialEndsAt),
  period_start: exportedTime(subscription.periodStart),
  period_end: exportedTime(subscription.periodEnd),
  cancel_at_period_end: subscription.cancelAtPeriodEnd,
  ended_at: exportedTime(subscription.endedAt)
})

const historyRow = (entry: HistoryEntry): PersonalRow => ({
  at: exportedTime(entry.at),
  subscription_id: entry.subscriptionId,
  event: entry.step,
  status: entry.to,
  plan: entry.plan,
  billing_cycle: entry.cycle,
  by_yourself: entry.by === entry.userId
})

const invoiceRow = (invoice: Invoice): PersonalRow => ({
  number: invoice.number,
  subscription_id: invoice.subscriptionId,
  status: invoice.status,
  lines: invoice.lines.map(
    ({ description, amount_minor }) => `${description}: ${formatAmount(amount_minor, invoice.currency)}`
  ),
  subtotal_minor: invoice.subtotalMinor,
  tax_minor: invoice.taxMinor,
  total_minor: invoice.totalMinor,
  currency: invoice.currency,
  issued_at: exportedTime(invoice.issuedAt),
  paid_at: exportedTime(invoice.paidAt),
  refunded_at: exportedTime(invoice.refundedAt)
})

const subscriptionColumns =
  "id plan billing_cycle status began_at trial_ends_at period_start period_end cancel_at_period_end ended_at"
const invoiceColumns =
  "number subscription_id status lines subtotal_minor tax_minor total_minor currency issued_at paid_at refunded_at"

/** What subscriptions hold about somebody. Invoices as PDF are at the API as long as the account is. */
export const subscriptionSections = Effect.gen(function* () {
  const [subscriptions, invoices] = [yield* Subscriptions, yield* Invoices]
  const historyOf = (owner: UserId, after: HistoryEntry | undefined, limit: number) => {
    const key = after && { value: DateTime.formatIso(after.at), id: after.id }
    const plan = { sort: "created_at", descending: false, limit, start: { _tag: "After", key } } as const
    return Effect.map(subscriptions.history(owner, plan), ({ items }) => items)
  }
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "subscriptions",
      about: "the plans you had or have",
      columns: subscriptionColumns.split(" "),
      rows: inPages(subscriptions.ofOwner, subscriptionRow)
    },
    {
      name: "subscription_history",
      about: "what happened to your subscriptions, and what of it you did yourself",
      columns: "at subscription_id event status plan billing_cycle by_yourself".split(" "),
      rows: inPages(historyOf, historyRow)
    },
    {
      name: "invoices",
      about: "what was billed to you; amounts in minor units (cents)",
      columns: invoiceColumns.split(" "),
      rows: inPages(invoices.ofOwner, invoiceRow)
    }
  ]
  return sections
})

const endAtOnce = Effect.fnUntraced(function* ({ userId, at, context }: Deletion) {
  const subscriptions = yield* Subscriptions
  const running = Option.getOrUndefined(yield* subscriptions.runningOf(userId))
  const subscription = running && Option.getOrUndefined(yield* subscriptions.lock(running.id))
  if (subscription === undefined || subscription.endedAt !== null) return
  const status = subscription.status === "pending_payment" ? "expired" : "canceled"
  const over = { status, endedAt: at, updatedAt: at, invoiceId: null, waitingSince: null } as const
  const ended = new Subscription({ ...subscription, ...over, revision: subscription.revision + 1 })
  const voids = subscription.invoiceId === null ? [] : [subscription.invoiceId]
  // The row is locked: nobody can have moved it on.
  yield* Effect.orDie(enact({ subscription: ended, voids, steps: [status] }, subscription, context))
})

/** Whoever deletes their account is billed no more. Invoices and what belongs to them stay, and point at nobody. */
export const subscriptionEraser = Effect.gen(function* () {
  const services = Context.pick(
    Invoices,
    Subscriptions,
    Users,
    Outbox,
    Ids,
    BillingSettings
  )(yield* Effect.context<Invoices | Subscriptions | Users | Outbox | Ids | BillingSettings>())
  const eraser: Eraser = {
    atOnce: (deletion) => Effect.provide(endAtOnce(deletion), services),
    afterwards: () => Effect.void,
    finally: () => Effect.void
  }
  return eraser
})
