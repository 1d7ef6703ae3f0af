import { assert } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import type { UserId } from "@veza/domain/kernel"
import { isTerminal, type Refund } from "@veza/domain/payments"
import {
  entitlementOf,
  graceEndsAt,
  type HistoryEntry,
  type Invoice,
  type InvoiceId,
  Invoices,
  type Subscription,
  Subscriptions
} from "@veza/domain/subscriptions"
import { allPayments, Chronicle } from "./world.ts"

const all = 100_000

/** What is kept of somebody. */
const kept = Effect.fnUntraced(function* (userId: UserId) {
  const subscriptions = yield* Subscriptions
  const start = { _tag: "After", key: undefined } as const
  const { items } = yield* subscriptions.history(userId, { sort: "created_at", descending: false, limit: all, start })
  return {
    history: items,
    invoices: yield* (yield* Invoices).ofOwner(userId, undefined, all),
    subscriptions: yield* subscriptions.ofOwner(userId, undefined, all),
    running: Option.getOrUndefined(yield* subscriptions.runningOf(userId))
  }
})

/** How often somebody was given what this invoice is for. */
const timesGiven = (history: ReadonlyArray<HistoryEntry>, id: InvoiceId): number =>
  history.filter(({ invoiceId, step }) => invoiceId === id && ["activated", "renewed", "plan_changed"].includes(step))
    .length

const isOfPeriod = ({ id, plan, periodStart }: Subscription, invoice: Invoice): boolean =>
  invoice.subscriptionId === id &&
  invoice.plan === plan &&
  periodStart !== null &&
  DateTime.Equivalence(invoice.periodStart, periodStart)

const backOf = (refunds: ReadonlyMap<string, Refund>, paymentId: string): number =>
  [...refunds.values()]
    .filter((refund) => refund.paymentId === paymentId && refund.status === "succeeded")
    .reduce((sum, { amount }) => sum + amount.amount_minor, 0)

const checkInvoices = (invoices: ReadonlyArray<Invoice>, history: ReadonlyArray<HistoryEntry>): void => {
  for (const invoice of invoices) {
    const { lines, subtotalMinor, taxMinor, totalMinor, status } = invoice
    assert.strictEqual(
      subtotalMinor,
      lines.reduce((sum, line) => sum + line.amount_minor, 0)
    )
    assert.strictEqual(totalMinor, subtotalMinor + taxMinor)
    const given = timesGiven(history, invoice.id)
    assert.isAtMost(given, 1, "an invoice gives once what it is for")
    if (given > 0) assert.strictEqual(status, "paid", "no paid plan without payment")
  }
  const numbers = invoices.map(({ number }) => number).toSorted()
  for (const [n, number] of numbers.entries()) {
    const [year, before] = [number.slice(0, 8), numbers[n - 1]]
    const place = before?.startsWith(year) === true ? Number(before.slice(8)) + 1 : 1
    assert.strictEqual(number, `${year}${String(place).padStart(6, "0")}`, "numbers have no gap")
  }
}

const checkRight = Effect.fnUntraced(function* (userId: UserId, running: Subscription | undefined) {
  const now = yield* DateTime.now
  const right = yield* entitlementOf(userId)
  const end = running?.periodEnd ?? null
  if (right.plan !== "free") {
    assert.strictEqual(running?.plan, right.plan)
    assert.notStrictEqual(running?.status, "pending_payment")
    assert.isTrue(end !== null && DateTime.isLessThan(now, graceEndsAt(end)))
  }
  const isGiven = running?.status === "active" || running?.status === "trialing"
  if (isGiven && end !== null && DateTime.isLessThan(now, end)) {
    assert.strictEqual(right.plan, running.plan, "who has paid has the right")
  }
})

/** What must hold whatever happened. */
export const check = Effect.fnUntraced(function* (userId: UserId) {
  const { faults, refunds, promised } = yield* Chronicle
  const { history, invoices, subscriptions, running } = yield* kept(userId)
  assert.deepStrictEqual(faults, [])
  checkInvoices(invoices, history)
  const owed = invoices.filter(({ status }) => status === "open").map(({ id }) => id)
  const waitedFor = running?.invoiceId ?? null
  assert.deepStrictEqual(
    owed,
    owed.filter((id) => id === waitedFor),
    "what nobody waits for is not owed"
  )
  for (const { id, amount } of yield* allPayments) assert.isAtMost(backOf(refunds, id), amount.amount_minor)
  for (const subscription of subscriptions) {
    if (subscription.status !== "active" || subscription.plan === "free") continue
    const isPaid = invoices.some((one) => isOfPeriod(subscription, one) && timesGiven(history, one.id) === 1)
    assert.isTrue(isPaid, "no paid plan without payment")
  }
  yield* checkRight(userId, running)
  if (promised === undefined) return
  const isBought =
    promised.after === undefined || invoices.some(({ id, status }) => id === promised.after && status === "paid")
  const next = invoices.find(
    ({ kind, subscriptionId, periodStart }) =>
      kind === "period" && subscriptionId === promised.subscription && DateTime.Equivalence(periodStart, promised.at)
  )
  if (isBought && next) assert.strictEqual(next.totalMinor, promised.totalMinor, "what comes next is what was told")
})

/** Of one invoice one payment can be made at a time. */
export const checkOpen = Effect.gen(function* () {
  const { attemptOf } = yield* Invoices
  const waiting = (yield* allPayments).filter(({ status, amount }) => !isTerminal(status) && amount.amount_minor > 0)
  const open = yield* Effect.forEach(waiting, ({ id }) => attemptOf(id))
  const ids = open.flatMap((attempt) =>
    Option.isSome(attempt) && attempt.value.outcome === null ? [attempt.value.invoiceId] : []
  )
  assert.strictEqual(new Set(ids).size, ids.length, "one open payment of an invoice")
})

/** When all is told and done, each payment that came in was kept for what it gave, or went back whole. */
export const checkMoney = Effect.fnUntraced(function* (userId: UserId) {
  const { refunds } = yield* Chronicle
  const { attemptOf } = yield* Invoices
  const { history, invoices } = yield* kept(userId)
  const sums = new Map<InvoiceId, number>()
  for (const { id, status, amount } of yield* allPayments) {
    if (amount.amount_minor === 0 || status !== "succeeded") continue
    const attempt = Option.getOrUndefined(yield* attemptOf(id))
    if (attempt === undefined) return assert.fail(`the payment ${id} is nobody's`)
    assert.strictEqual(attempt.outcome, "succeeded")
    const back = backOf(refunds, id)
    assert.include([0, amount.amount_minor], back)
    sums.set(attempt.invoiceId, (sums.get(attempt.invoiceId) ?? 0) + amount.amount_minor - back)
  }
  for (const { id, totalMinor } of invoices) {
    assert.strictEqual(sums.get(id) ?? 0, timesGiven(history, id) * totalMinor, "money is kept for what was given")
  }
  return history.map(({ step }) => step)
})
