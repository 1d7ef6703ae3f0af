import { Schema } from "effect"
import { Currency, UserId, Uuid } from "../kernel/index.ts"
import { BillingCycle, PlanId } from "./plan.ts"
import { InvoiceStatus } from "./status.ts"

export const SubscriptionId = Uuid.pipe(Schema.brand("SubscriptionId"))
export type SubscriptionId = typeof SubscriptionId.Type
export const InvoiceId = Uuid.pipe(Schema.brand("InvoiceId"))
export type InvoiceId = typeof InvoiceId.Type

/** What is charged or, with a negative amount, credited. */
export const InvoiceLine = Schema.Struct({
  kind: Schema.Literals(["plan", "proration", "credit"]),
  description: Schema.String,
  amount_minor: Schema.Int,
  period_start: Schema.DateTimeUtcFromString,
  period_end: Schema.DateTimeUtcFromString
})
export type InvoiceLine = typeof InvoiceLine.Type

/** `period`: a whole period, of which there is one invoice; `change`: a better plan or a longer cycle at once. */
export const InvoiceKind = Schema.Literals(["period", "change"])
export type InvoiceKind = typeof InvoiceKind.Type

const fields = {
  id: InvoiceId,
  subscriptionId: SubscriptionId,
  userId: UserId,
  kind: InvoiceKind,
  /** What the subscription is once this is paid. */
  plan: PlanId,
  planVersion: Schema.Int,
  cycle: BillingCycle,
  /** From which boundaries are counted once this is paid. */
  anchorAt: Schema.DateTimeUtc,
  periodStart: Schema.DateTimeUtc,
  periodEnd: Schema.DateTimeUtc,
  currency: Currency,
  /** The sum of the lines, without tax; minor units, as all amounts here. */
  subtotalMinor: Schema.Int,
  /** Basis points of the subtotal. */
  taxRateBps: Schema.Int,
  taxMinor: Schema.Int,
  totalMinor: Schema.Int,
  lines: Schema.Array(InvoiceLine),
  createdAt: Schema.DateTimeUtc
}

/** An invoice that is not issued yet: it has no number, and nobody owes it. */
export class InvoiceDraft extends Schema.Class<InvoiceDraft>("InvoiceDraft")(fields) {}

export class Invoice extends Schema.Class<Invoice>("Invoice")({
  ...fields,
  /** `VZ-2026-000001`: gap-free within the year in which it was issued. */
  number: Schema.String,
  status: InvoiceStatus,
  issuedAt: Schema.DateTimeUtc,
  paidAt: Schema.NullOr(Schema.DateTimeUtc),
  /** When what was paid was given back, because nobody owed it any longer. */
  refundedAt: Schema.NullOr(Schema.DateTimeUtc),
  /** Payments tried so far. */
  attempts: Schema.Int
}) {}

/** The number of an invoice from the year of its issue (UTC) and its place in it. */
export const invoiceNumber = (year: number, place: number): string => `VZ-${year}-${String(place).padStart(6, "0")}`

/** Tax on an amount, rounded half up to a minor unit. */
export const taxOn = (subtotalMinor: number, rateBps: number): number =>
  Number((BigInt(subtotalMinor) * BigInt(rateBps) + 5000n) / 10_000n)

/** Sums of lines; the prices of the plans are net, and no tax is charged unless a rate is given. */
export const totalsOf = (lines: ReadonlyArray<InvoiceLine>, taxRateBps: number) => {
  const subtotalMinor = lines.reduce((sum, line) => sum + line.amount_minor, 0)
  const taxMinor = taxOn(subtotalMinor, taxRateBps)
  return { subtotalMinor, taxRateBps, taxMinor, totalMinor: subtotalMinor + taxMinor }
}
