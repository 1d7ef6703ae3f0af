import { DateTime, Effect, Option } from "effect"
import { Transaction } from "../kernel/index.ts"
import { isTerminal, type Payment, type PaymentId } from "./payment.ts"
import { PaymentProvider } from "./provider.ts"
import { settlePayment } from "./settle-payment.ts"
import { type PaymentSettler, PaymentSettlers } from "./settlers.ts"

/** A webhook that has not come by then may never come. */
const patience = { minutes: 10 } as const
/** Less than between two runs, so that what is young is asked about by each. */
const respite = { minutes: 5 } as const
/** Nobody comes any more to pay what waited for its payer so long: a provider's pages are good for a week or so. */
const abandonedAfter = { days: 30 } as const
/** Payments claimed at a time, and how many one run asks the provider about for each settler. */
const page = 10
const most = 1000
/** Payments one after the other of which the provider says nothing: then it says nothing at all, and the run ends. */
const silences = 3

/** Payments that were asked for before this are asked about. */
export const askFrom = (now: DateTime.Utc): DateTime.Utc => DateTime.subtract(now, patience)

/** When a payment that is asked about now is asked about again: the older, the later, for most of those are abandoned. */
export const askAgainAt = (createdAt: DateTime.Utc, now: DateTime.Utc): DateTime.Utc => {
  const age = DateTime.toEpochMillis(now) - DateTime.toEpochMillis(createdAt)
  return DateTime.max(DateTime.add(now, respite), DateTime.add(now, { milliseconds: Math.floor(age / 6) }))
}

/** What somebody left who never came back is called off here; should it be paid even so, that is believed then. */
const withoutAbandoned = (payment: Payment, now: DateTime.Utc): Payment => {
  const isLeft = DateTime.isLessThan(payment.createdAt, DateTime.subtract(now, abandonedAfter))
  return payment.status === "requires_action" && isLeft ? { ...payment, status: "cancelled" } : payment
}

type Told = "settled" | "open" | "silent"

/** Asks the provider about one payment, and settles it as its webhook would have. */
const settleFromProvider = Effect.fnUntraced(function* (id: PaymentId) {
  const found = Option.getOrUndefined(yield* (yield* PaymentProvider).read(id))
  if (found === undefined) {
    yield* Effect.logWarning("the payment provider does not know a payment of ours", { payment_id: id })
    return "open" satisfies Told
  }
  const payment = withoutAbandoned(found, yield* DateTime.now)
  if (!isTerminal(payment.status)) return "open" satisfies Told
  const settlement = yield* (yield* Transaction).atomically(settlePayment(payment))
  if (settlement !== "settled") return "open" satisfies Told
  yield* Effect.logInfo("a payment was settled without its webhook", { payment_id: id })
  return "settled" satisfies Told
})

/** One that resists, or that the provider will not tell of, does not keep the others. */
const settleOrReport = (id: PaymentId) =>
  Effect.catchDefect(
    settleFromProvider(id).pipe(
      Effect.catchTag("PaymentProviderUnavailable", () =>
        Effect.as(
          Effect.logWarning("the payment provider did not tell of a payment", { payment_id: id }),
          "silent" satisfies Told
        )
      )
    ),
    (cause) =>
      Effect.as(Effect.logError("a payment could not be settled", { payment_id: id }, cause), "open" satisfies Told)
  )

const reconcileOf = Effect.fnUntraced(function* ({ claimOpen }: PaymentSettler, now: DateTime.Utc) {
  let settled = 0
  let silent = 0
  for (let asked = 0; asked < most; asked += page) {
    const ids = yield* claimOpen(now, page)
    for (const id of ids) {
      const told = yield* settleOrReport(id)
      if (told === "settled") settled++
      silent = told === "silent" ? silent + 1 : 0
      if (silent === silences) return settled
    }
    if (ids.length < page) break
  }
  return settled
})

/**
 * Job: reads the payments at the provider that are still open here after ten minutes, for webhooks get lost. Only reads
 * there; where the provider does not answer everything stays as it is. Answers how many payments it settled.
 */
export const reconcilePayments = Effect.fn("payments.reconcile")(function* () {
  if (!(yield* PaymentProvider).isConfigured) return 0
  const now = yield* DateTime.now
  const ofEach = Effect.forEach(yield* PaymentSettlers, (settler) => reconcileOf(settler, now))
  return yield* Effect.map(ofEach, (counts) => counts.reduce((sum, one) => sum + one, 0)).pipe(
    Effect.catchTag("PaymentProviderNotConfigured", () => Effect.succeed(0))
  )
})
