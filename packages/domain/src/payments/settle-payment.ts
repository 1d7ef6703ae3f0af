import { Effect } from "effect"
import { Mandates } from "./mandates.ts"
import type { Payment, Refund } from "./payment.ts"
import { type PaymentSettler, PaymentSettlers, type Settlement } from "./settlers.ts"

const byOwner = Effect.fnUntraced(function* (settle: (settler: PaymentSettler) => Effect.Effect<Settlement>) {
  for (const settler of yield* PaymentSettlers) {
    const settlement = yield* settle(settler)
    if (settlement !== "not_mine") return settlement
  }
  return "not_mine"
})

const rememberMandate = Effect.fnUntraced(function* ({ id, status, customer, mandate, createdAt }: Payment) {
  if (status !== "succeeded" || customer === undefined || mandate === undefined) return false
  return yield* (yield* Mandates).remember({
    userId: customer,
    reference: mandate,
    paymentId: id,
    agreedAt: createdAt
  })
})

/**
 * Hands a payment to whoever it was made for, and keeps the mandate that it left. Within a transaction of the caller's;
 * telling the same again, or something older, changes nothing. A mandate that was set up without a charge is an end in
 * itself, and nobody waits for one that was not; money that nobody owns is no end.
 */
export const settlePayment = Effect.fn("payments.settle")(function* (payment: Payment) {
  const isRemembered = yield* rememberMandate(payment)
  const settlement = yield* byOwner(({ settle }) => settle(payment))
  if (settlement !== "not_mine" || payment.amount.amount_minor !== 0) return settlement
  return isRemembered ? "settled" : "unchanged"
})

/** Hands a refund to whoever asked for it. Within a transaction of the caller's. */
export const settleRefund = Effect.fn("payments.settleRefund")(function* (refund: Refund) {
  return yield* byOwner((settler) => settler.settleRefund(refund))
})
