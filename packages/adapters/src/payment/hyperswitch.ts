import { createHash } from "node:crypto"
import { DateTime, Effect, Layer, Option, Schema } from "effect"
import {
  type NewPayment,
  type NewRefund,
  type Payment,
  type PaymentKey,
  PaymentProvider,
  PaymentProviderUnavailable,
  type RefundKey
} from "@veza/domain/payments"
import { type Answer, call, type HyperswitchSettings, isLockedOut, lockedOut, refusalOf, understood } from "./calls.ts"
import { verifyHyperswitch } from "./verify.ts"
import { paymentOf, refundOf, WirePayment, WireRefund } from "./wire.ts"

/**
 * Hyperswitch has no Idempotency-Key: `payment_id` and `refund_id`, of exactly 30 characters, are the caller's to choose
 * and exist once per merchant ("This ensures idempotency"). So the key becomes the id.
 */
export const idOfKey = (prefix: "pay" | "ref", key: PaymentKey | RefundKey): string =>
  `${prefix}_${createHash("sha256").update(key).digest("hex").slice(0, 26)}`

/** Seconds in which the payer may come, by a mailed link too: as long as an unpaid renewal is dunned. Else it were 900. */
const sessionExpiry = 7 * 86_400

/** An id that exists already. */
const duplicate = "HE_01"

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
        session_expiry: sessionExpiry,
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
    const readPayment = Effect.fnUntraced(function* (id: string) {
      const path = `/payments/${encodeURIComponent(id)}?force_sync=true`
      const answer = yield* call(settings, { operation: "read", method: "GET", path })
      if (answer.status === 404) return Option.none<Payment>()
      if (answer.status >= 300) return yield* isLockedOut(answer) ? lockedOut : notRead(answer)
      return Option.some(yield* toPayment(answer))
    })
    const create = Effect.fn("hyperswitch.create")(function* (key: PaymentKey, payment: NewPayment) {
      const id = idOfKey("pay", key)
      const body = bodyOf(id, key, payment)
      const answer = yield* call(settings, { operation: "create", method: "POST", path: "/payments", body })
      if (answer.status < 300) return yield* toPayment(answer)
      const refusal = refusalOf(answer)
      if (refusal.code !== duplicate) return yield* isLockedOut(answer) ? lockedOut : refusal
      return Option.getOrUndefined(yield* readPayment(id)) ?? (yield* refusal)
    })
    const refund = Effect.fn("hyperswitch.refund")(function* (key: RefundKey, wanted: NewRefund) {
      const id = idOfKey("ref", key)
      const { paymentId, amount, reason } = wanted
      const body = { refund_id: id, payment_id: paymentId, amount: amount.amount_minor, reason, refund_type: "instant" }
      const answer = yield* call(settings, { operation: "refund", method: "POST", path: "/refunds", body })
      if (answer.status < 300) return refundOf(yield* decodeRefund(answer))
      const refusal = refusalOf(answer)
      if (refusal.code !== duplicate) return yield* isLockedOut(answer) ? lockedOut : refusal
      const known = yield* call(settings, { operation: "read_refund", method: "GET", path: `/refunds/${id}` })
      return known.status < 300 ? refundOf(yield* decodeRefund(known)) : yield* refusal
    })
    return PaymentProvider.of({
      isConfigured: true,
      create,
      read: readPayment,
      refund,
      verify: (delivery) => verifyHyperswitch(settings.webhookSecret, delivery)
    })
  })

/** A refusal to tell of a payment says nothing about it. */
const notRead = (answer: Answer) =>
  Effect.andThen(
    Effect.logWarning("the payment provider would not tell of a payment", { code: refusalOf(answer).code }),
    Effect.fail(new PaymentProviderUnavailable({ retryAfter: 30 }))
  )
