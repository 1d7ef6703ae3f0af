import { Context, type DateTime, type Effect } from "effect"
import type { Payment, PaymentId, Refund } from "./payment.ts"

/**
 * What a settler made of a payment. `settled`: this very call changed something. `unchanged`: it is the settler's, and
 * nothing was to be done (told before, overtaken, or not over yet). `not_mine`: somebody else's.
 */
export type Settlement = "settled" | "unchanged" | "not_mine"

/**
 * A context that payments are made for: invoices, orders. It is told of every payment that changed, within a
 * transaction: rows and outbox only. The same news may come again, late, and after later news; a payment in a terminal
 * status is believed, a success after a failure too, and nothing else ends one.
 */
export interface PaymentSettler {
  readonly name: string
  readonly settle: (payment: Payment) => Effect.Effect<Settlement>
  readonly settleRefund: (refund: Refund) => Effect.Effect<Settlement>
  /**
   * Payments whose end is not known here and that are to be asked about (`askFrom`), the longest waiting first. Each is
   * then left alone until `askAgainAt`: so every one has its turn, however many nobody will ever pay.
   */
  readonly claimOpen: (now: DateTime.Utc, limit: number) => Effect.Effect<ReadonlyArray<PaymentId>>
}

/** What every context contributes; composition collects it. The first that owns a payment settles it. */
export class PaymentSettlers extends Context.Service<PaymentSettlers, ReadonlyArray<PaymentSettler>>()(
  "@veza/domain/payments/PaymentSettlers"
) {}
