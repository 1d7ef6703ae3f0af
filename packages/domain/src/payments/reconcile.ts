import { DateTime, Effect, Option } from "effect"
import { Transaction } from "../kernel/index.ts"
import { isTerminal, type PaymentId } from "./payment.ts"
import { PaymentProvider } from "./provider.ts"
import { settlePayment } from "./settle-payment.ts"
import { type PaymentSettler, PaymentSettlers } from "./settlers.ts"

/** A webhook that has not come by then may never come. */
const patience = { minutes: 10 } as const
/** Payments asked for at a time, and how many one run asks the provider about for each settler. */
const page = 50
const most = 1000

/** Asks the provider about one payment, and settles it as its webhook would have; true when that changed something. */
const settleFromProvider = Effect.fnUntraced(function* (id: PaymentId) {
  const payment = Option.getOrUndefined(yield* (yield* PaymentProvider).read(id))
  if (payment === undefined) {
    yield* Effect.logWarning("the payment provider does not know a payment of ours", { payment_id: id })
    return false
  }
  if (!isTerminal(payment.status)) return false
  const settlement = yield* (yield* Transaction).atomically(settlePayment(payment))
  if (settlement === "settled") yield* Effect.logInfo("a payment was settled without its webhook", { payment_id: id })
  return settlement === "settled"
})

/** One that resists does not keep the others; a provider that does not answer ends the run. */
const settleOrReport = (id: PaymentId) =>
  Effect.catchDefect(settleFromProvider(id), (cause) =>
    Effect.as(Effect.logError("a payment could not be settled", { payment_id: id }, cause), false)
  )

const reconcileOf = Effect.fnUntraced(function* ({ open }: PaymentSettler, before: DateTime.Utc) {
  let settled = 0
  let after: PaymentId | undefined
  for (let asked = 0; asked < most; asked += page) {
    const ids = yield* open(before, after, page)
    for (const id of ids) if (yield* settleOrReport(id)) settled++
    after = ids.at(-1)
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
  const before = DateTime.subtract(yield* DateTime.now, patience)
  const ofEach = Effect.forEach(yield* PaymentSettlers, (settler) => reconcileOf(settler, before))
  return yield* Effect.catchTags(
    Effect.map(ofEach, (counts) => counts.reduce((sum, one) => sum + one, 0)),
    {
      PaymentProviderUnavailable: () => Effect.as(Effect.logWarning("the payment provider did not answer"), 0),
      PaymentProviderNotConfigured: () => Effect.succeed(0)
    }
  )
})
