import { assert } from "@effect/vitest"
import { DateTime, Result } from "effect"
import { Currency, UserId } from "@veza/domain/kernel"
import {
  advance,
  begin,
  type BillingCycle,
  cancel,
  changeCycle,
  changePlan,
  type Decision,
  entitlement,
  graceEndsAt,
  Invoice,
  InvoiceId,
  invoiceMachine,
  Plan,
  planAt,
  type PlanId,
  priceOf,
  reactivate,
  runningStatuses,
  settle,
  type Standing,
  type Subscription,
  SubscriptionId,
  subscriptionMachine
} from "@veza/domain/subscriptions"

const usd = Currency.make("USD")
const sold = (id: PlanId, version: number, monthlyMinor: number, rank: number, soldFrom: string) =>
  new Plan({
    id,
    version,
    name: id,
    monthlyMinor,
    yearlyMinor: 10 * monthlyMinor,
    currency: usd,
    trialDays: id === "premium" ? 14 : 0,
    rank,
    features: [],
    soldFrom: DateTime.makeUnsafe(soldFrom)
  })

/** With a price that rises on the way, and one that is nothing for a while. */
export const catalog = [
  sold("free", 1, 0, 0, "2000-01-01T00:00:00Z"),
  sold("creator", 1, 999, 1, "2000-01-01T00:00:00Z"),
  sold("creator", 2, 0, 1, "2024-06-01T00:00:00Z"),
  sold("creator", 3, 999, 1, "2024-08-01T00:00:00Z"),
  sold("premium", 1, 1999, 2, "2000-01-01T00:00:00Z"),
  sold("premium", 2, 2199, 2, "2024-09-01T00:00:00Z")
]
export const soldAt = (id: PlanId, at: DateTime.Utc): Plan => {
  const plan = planAt(catalog, id, at)
  if (plan === undefined) throw new Error(`${id} is not sold`)
  return plan
}

export const owner = UserId.make("6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f")
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`

export interface Payment {
  readonly invoiceId: InvoiceId
  outcome: "succeeded" | "failed" | undefined
  refunded: boolean
}

export type Happening =
  | { readonly _tag: "Subscribe"; readonly plan: PlanId; readonly cycle: BillingCycle }
  | { readonly _tag: "Answer"; readonly which: number; readonly outcome: "succeeded" | "failed" }
  | { readonly _tag: "Pay" }
  | { readonly _tag: "Cancel" }
  | { readonly _tag: "Reactivate" }
  | { readonly _tag: "ChangePlan"; readonly plan: PlanId }
  | { readonly _tag: "ChangeCycle"; readonly cycle: BillingCycle }
  | { readonly _tag: "Mandate"; readonly known: boolean }
  | { readonly _tag: "Ban"; readonly isBanned: boolean }
  | { readonly _tag: "Wait"; readonly seconds: number; readonly workerRuns: boolean }

/** What only its owner does, who may not while they are banned. */
const byOwner: ReadonlyArray<string> = ["Subscribe", "Pay", "Cancel", "Reactivate", "ChangePlan", "ChangeCycle"]

/** Everything that the use-cases store, in memory, with what must always hold of it. */
export class Ledger {
  now: DateTime.Utc
  readonly taxRateBps: number
  ids = 0
  hasMandate = false
  isBanned = false
  hasTried = false
  readonly subscriptions = new Map<SubscriptionId, Subscription>()
  readonly invoices = new Map<InvoiceId, Invoice>()
  readonly payments: Array<Payment> = []
  /** Invoices whose payment gave what it was for. */
  readonly delivered = new Set<InvoiceId>()

  constructor(now: DateTime.Utc, taxRateBps = 0) {
    this.now = now
    this.taxRateBps = taxRateBps
  }

  get latest(): Subscription | undefined {
    return [...this.subscriptions.values()].at(-1)
  }
  get running(): Subscription | undefined {
    const all = [...this.subscriptions.values()].filter(({ status }) => runningStatuses.includes(status))
    assert.isAtMost(all.length, 1)
    return all[0]
  }

  private get invoiceId(): InvoiceId {
    return InvoiceId.make(uuid(++this.ids))
  }
  private get circumstances() {
    return {
      catalog,
      taxRateBps: this.taxRateBps,
      hasMandate: this.hasMandate,
      invoiceId: this.invoiceId,
      at: this.now
    }
  }

  private move(id: InvoiceId, to: Invoice["status"]): void {
    const invoice = this.invoice(id)
    if (invoice.status === to) return
    if (!invoiceMachine.allows(invoice.status, to)) return
    assert.notStrictEqual(invoice.status, "paid")
    this.invoices.set(id, new Invoice({ ...invoice, status: to, paidAt: to === "paid" ? this.now : null }))
  }
  invoice(id: InvoiceId): Invoice {
    const found = this.invoices.get(id)
    if (found === undefined) throw new Error(`no invoice ${id}`)
    return found
  }

  store(decision: Decision, from: Subscription | undefined): void {
    const { subscription, issue, charge, voids } = decision
    if (from !== undefined && from.status !== subscription.status) {
      assert.isTrue(
        subscriptionMachine.allows(from.status, subscription.status),
        `${from.status} → ${subscription.status}`
      )
    }
    if (from !== undefined) assert.strictEqual(subscription.revision, from.revision + 1)
    this.subscriptions.set(subscription.id, subscription)
    for (const id of voids) this.move(id, "void")
    if (issue !== undefined) {
      const status = issue.totalMinor === 0 ? "paid" : "open"
      const number = String(this.invoices.size + 1)
      const issued = { number, status, issuedAt: this.now, paidAt: null, refundedAt: null, attempts: 0 } as const
      this.invoices.set(issue.id, new Invoice({ ...issue, ...issued }))
    }
    if (charge !== undefined) this.pay(charge.invoiceId)
  }

  private pay(invoiceId: InvoiceId): void {
    this.move(invoiceId, "open")
    this.payments.push({ invoiceId, outcome: undefined, refunded: false })
  }

  private isAwaited(subscription: Subscription): boolean {
    return this.payments.some((one) => one.invoiceId === subscription.invoiceId && one.outcome === undefined)
  }

  runWorker(): void {
    for (let step = 0; ; step++) {
      assert.isBelow(step, 50, "the clock comes to an end")
      const subscription = this.running
      if (subscription === undefined) return
      const decision = advance(subscription, {
        ...this.circumstances,
        isAwaited: this.isAwaited(subscription),
        isBanned: this.isBanned
      })
      if (decision === undefined) return
      if (this.isBanned) assert.isUndefined(decision.issue ?? decision.charge, "who is banned is charged nothing")
      this.store(decision, subscription)
      this.check()
    }
  }

  /** The provider's word about one payment; the same word may come again. */
  answer(payment: Payment, outcome: "succeeded" | "failed"): void {
    if (payment.outcome === "succeeded" || payment.outcome === outcome) return
    const invoice = this.invoice(payment.invoiceId)
    const subscription = this.subscriptions.get(invoice.subscriptionId)
    if (subscription === undefined) throw new Error("an invoice of nobody")
    const settled = settle(subscription, invoice, outcome, this.now)
    payment.outcome = outcome
    payment.refunded = settled.refund
    this.move(invoice.id, settled.invoice)
    if (outcome === "succeeded" && settled.decision !== undefined) this.delivered.add(invoice.id)
    if (settled.decision !== undefined) this.store(settled.decision, subscription)
  }

  private judged(result: Result.Result<Decision, unknown>, subscription: Subscription): void {
    if (Result.isSuccess(result)) this.store(result.success, subscription)
  }

  happen(event: Happening): void {
    const subscription = this.running
    if (this.isBanned && byOwner.includes(event._tag)) return
    switch (event._tag) {
      case "Subscribe": {
        if (subscription !== undefined && subscription.plan !== "free") return
        if (subscription !== undefined) this.store(this.ended(subscription), subscription)
        const decision = begin({
          id: SubscriptionId.make(uuid(++this.ids)),
          invoiceId: this.invoiceId,
          userId: owner,
          plan: soldAt(event.plan, this.now),
          cycle: event.cycle,
          mayTry: !this.hasTried,
          taxRateBps: this.taxRateBps,
          at: this.now
        })
        if (decision.subscription.status === "trialing") this.hasTried = true
        return this.store(decision, undefined)
      }
      case "Answer": {
        const payment = this.payments[event.which % Math.max(1, this.payments.length)]
        if (payment !== undefined) this.answer(payment, event.outcome)
        return
      }
      case "Pay":
        if (subscription === undefined || subscription.invoiceId === null || this.isAwaited(subscription)) return
        return this.pay(subscription.invoiceId)
      case "Cancel":
        if (subscription !== undefined) this.judged(cancel(subscription, this.now), subscription)
        return
      case "Reactivate":
        if (subscription !== undefined) this.judged(reactivate(subscription, this.now), subscription)
        return
      case "ChangePlan":
        if (subscription === undefined) return
        return this.judged(changePlan(subscription, soldAt(event.plan, this.now), this.circumstances), subscription)
      case "ChangeCycle": {
        if (subscription === undefined) return
        const now = soldAt(subscription.plan, this.now)
        return this.judged(changeCycle(subscription, event.cycle, now, this.circumstances), subscription)
      }
      case "Mandate":
        this.hasMandate = event.known
        return
      case "Ban":
        this.isBanned = event.isBanned
        return
      case "Wait":
        this.now = DateTime.add(this.now, { seconds: event.seconds })
        if (event.workerRuns) this.runWorker()
    }
  }

  private ended(subscription: Subscription): Decision {
    const over = { status: "canceled", endedAt: this.now, revision: subscription.revision + 1 } as const
    return { subscription: { ...subscription, ...over }, voids: [], steps: ["canceled"] }
  }

  isPaid({ id, plan, periodStart }: Subscription): boolean {
    return [...this.invoices.values()].some(
      (invoice) =>
        invoice.subscriptionId === id &&
        invoice.status === "paid" &&
        invoice.plan === plan &&
        periodStart !== null &&
        DateTime.Equivalence(invoice.periodStart, periodStart)
    )
  }

  standing(): Standing | undefined {
    const subscription = this.running ?? this.latest
    return subscription && { ...subscription, isPaid: this.isPaid(subscription) }
  }

  /** What must hold whatever happens. */
  check(): void {
    const invoices = [...this.invoices.values()]
    for (const invoice of invoices) {
      const lines = invoice.lines.reduce((sum, line) => sum + line.amount_minor, 0)
      assert.strictEqual(invoice.subtotalMinor, lines)
      assert.strictEqual(invoice.totalMinor, invoice.subtotalMinor + invoice.taxMinor)
      assert.isAtLeast(invoice.totalMinor, 0)
      const payments = this.payments.filter(({ invoiceId }) => invoiceId === invoice.id)
      const kept = payments.filter(({ outcome, refunded }) => outcome === "succeeded" && !refunded)
      assert.strictEqual(kept.length, this.delivered.has(invoice.id) ? 1 : 0, "money is kept for what was given, once")
      const isIn = payments.some(({ outcome }) => outcome === "succeeded")
      assert.strictEqual(invoice.status === "paid", isIn || invoice.totalMinor === 0)
      assert.isAtMost(payments.filter(({ outcome }) => outcome === undefined).length, 1, "one payment at a time")
    }
    const periods = invoices.filter(({ kind }) => kind === "period")
    const keys = periods.map(
      ({ subscriptionId, periodStart }) => `${subscriptionId} ${DateTime.formatIso(periodStart)}`
    )
    assert.strictEqual(new Set(keys).size, keys.length, "one invoice for a period")
    for (const { plan, planVersion, cycle, periodStart, subtotalMinor } of periods) {
      const sold = soldAt(plan, periodStart)
      assert.deepStrictEqual([planVersion, subtotalMinor], [sold.version, priceOf(sold, cycle)], "the price of its day")
    }
    for (const subscription of this.subscriptions.values()) {
      const { status, plan, endedAt, periodEnd } = subscription
      assert.strictEqual(endedAt !== null, subscriptionMachine.isFinal(status))
      if (status !== "active" || plan === "free") continue
      assert.isTrue(periodEnd !== null && this.isPaid(subscription), "no paid plan without payment")
    }
    this.checkRight()
  }

  private checkRight(): void {
    const standing = this.standing()
    const right = entitlement(standing, this.now)
    const subscription = this.running
    if (right.plan === "free") return
    if (subscription === undefined || subscription.periodEnd === null)
      return assert.fail("a right without a subscription")
    assert.notStrictEqual(subscription.status, "pending_payment")
    assert.isTrue(DateTime.isLessThan(this.now, graceEndsAt(subscription.periodEnd)))
    const inTrial =
      subscription.trialEndsAt !== null && DateTime.Equivalence(subscription.trialEndsAt, subscription.periodEnd)
    assert.isTrue(inTrial || this.isPaid(subscription), "no paid plan without payment")
  }
}
