import { createHash } from "node:crypto"
import { DateTime, Effect, Layer, Option, Schema } from "effect"
import {
  type NewPayment,
  type NewRefund,
  type Payment,
  type PaymentId,
  type PaymentKey,
  PaymentProvider,
  type Refund,
  type RefundKey
} from "@veza/domain/payments"
import { type Answer, call, type HyperswitchSettings, refusalOf, unavailable, understood } from "./calls.ts"
import { verifyHyperswitch } from "./verify.ts"
import { paymentOf, refundOf, WirePayment, WireRefund } from "./wire.ts"

/**
 * Hyperswitch has no Idempotency-Key: `payment_id` and `refund_id`, of exactly 30 characters, are the caller's to choose
 * and exist once per merchant ("This ensures idempotency"). So the key becomes the id.
 */
export const idOfKey = (prefix: "pay" | "ref", key: PaymentKey | RefundKey): string =>
  `${prefix}_${createHash("sha256").update(key).digest("hex").slice(0, 26)}`

const day = 86_400
/**
 * Seconds in which the payer may come, by a mailed link too: as long as an unpaid renewal is dunned. Whoever is to say how
 * the time after a trial is paid for may do so until it ends. Left out it were 900, and 7,890,000 are the most.
 */
const sessionExpiry = (amountMinor: number): number => (amountMinor === 0 ? 90 * day : 7 * day)

/** There is no such payment or refund. */
const unknown = "HE_02"

const decodePayment = understood(Schema.decodeUnknownOption(WirePayment))
const decodeRefund = understood(Schema.decodeUnknownOption(WireRefund))

const bodyOf = (id: string, key: PaymentKey, { amount, customer, description, by }: NewPayment) => ({
  payment_id: id,
  amount: amount.amount_minor,
  currency: amount.currency,
  customer_id: customer,
  description,
  capture_method: "automatic",
  metadata: { veza_key: key },
  ...(by._tag === "Mandate"
    ? { confirm: true, off_session: true, recurring_details: { type: "payment_method_id", data: by.mandate } }
    : {
        confirm: false,
        payment_link: true,
        session_expiry: sessionExpiry(amount.amount_minor),
        ...(by.remember ? { setup_future_usage: "off_session" } : {}),
        ...(by.returnUrl === undefined ? {} : { return_url: by.returnUrl }),
        ...(amount.amount_minor === 0 ? { payment_type: "setup_mandate" } : {})
      })
})

/** A provider that speaks Hyperswitch's API: itself, or the sandbox of development. */
export const hyperswitch = (settings: HyperswitchSettings) =>
  Layer.sync(PaymentProvider, () => {
    const toPayment = (answer: Answer) =>
      Effect.flatMap(decodePayment(answer), (wire) => Effect.map(DateTime.now, (now) => paymentOf(wire, now)))
    /** `synced`: the provider asks the bank first. Nothing where it says that there is none, whatever else it says. */
    const readPayment = Effect.fnUntraced(function* (id: string, synced: boolean) {
      const path = `/payments/${encodeURIComponent(id)}${synced ? "?force_sync=true" : ""}`
      const answer = yield* call(settings, { operation: "read", method: "GET", path })
      if (answer.status < 300) return Option.some(yield* toPayment(answer))
      const { code } = yield* refusalOf(answer)
      return code === unknown ? Option.none<Payment>() : yield* untold(code)
    })
    const readRefund = Effect.fnUntraced(function* (id: string) {
      const answer = yield* call(settings, { operation: "read_refund", method: "GET", path: `/refunds/${id}` })
      if (answer.status < 300) return Option.some(refundOf(yield* decodeRefund(answer)))
      const { code } = yield* refusalOf(answer)
      return code === unknown ? Option.none<Refund>() : yield* untold(code)
    })
    /** What is refused, as a duplicate or for any other reason, may be there by a former try whose answer was lost. */
    const create = Effect.fn("hyperswitch.create")(function* (key: PaymentKey, payment: NewPayment) {
      const id = idOfKey("pay", key)
      const { profileId } = settings
      const body = { ...bodyOf(id, key, payment), ...(profileId === undefined ? {} : { profile_id: profileId }) }
      const answer = yield* call(settings, { operation: "create", method: "POST", path: "/payments", body })
      if (answer.status < 300) return yield* toPayment(answer)
      const refusal = yield* refusalOf(answer)
      return Option.getOrUndefined(yield* readPayment(id, false)) ?? (yield* refusal)
    })
    /** Whatever comes of it, what is asked then tells what the payment is. */
    const cancel = Effect.fn("hyperswitch.cancel")(function* (id: PaymentId) {
      const path = `/payments/${encodeURIComponent(id)}/cancel`
      const answer = yield* call(settings, { operation: "cancel", method: "POST", path, body: {} })
      if (answer.status >= 300) yield* refusalOf(answer)
      return yield* readPayment(id, true)
    })
    const refund = Effect.fn("hyperswitch.refund")(function* (key: RefundKey, wanted: NewRefund) {
      const id = idOfKey("ref", key)
      const { paymentId, amount, reason } = wanted
      const body = { refund_id: id, payment_id: paymentId, amount: amount.amount_minor, reason, refund_type: "instant" }
      const answer = yield* call(settings, { operation: "refund", method: "POST", path: "/refunds", body })
      if (answer.status < 300) return refundOf(yield* decodeRefund(answer))
      const refusal = yield* refusalOf(answer)
      return Option.getOrUndefined(yield* readRefund(id)) ?? (yield* refusal)
    })
    return PaymentProvider.of({
      isConfigured: true,
      create,
      read: (id) => readPayment(id, true),
      cancel,
      refund,
      verify: (delivery) => verifyHyperswitch(settings.webhookSecret, delivery)
    })
  })

/** A refusal to tell says nothing about what it is asked of. */
const untold = (code: string) =>
  Effect.andThen(
    Effect.logWarning("the payment provider would not tell of a payment or a refund", { code }),
    Effect.fail(unavailable())
  )
