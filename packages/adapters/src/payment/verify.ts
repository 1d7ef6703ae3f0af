import { createHmac, timingSafeEqual } from "node:crypto"
import { Option, Redacted, Result, Schema } from "effect"
import { type ProviderEvent, type SignedBody, WebhookSignatureInvalid, WebhookUnreadable } from "@veza/domain/payments"
import { disputeOf, paymentOf, refundOf, WireDispute, WireEvent, WirePayment, WireRefund } from "./wire.ts"

/** HMAC-SHA-512 of the raw body in hexadecimal digits: the header `x-webhook-signature-512`. */
export const signatureOf = (secret: Redacted.Redacted<string>, body: Uint8Array): string =>
  createHmac("sha512", Redacted.value(secret)).update(body).digest("hex")

const isSigned = (secret: Redacted.Redacted<string>, { body, signature = "" }: SignedBody): boolean => {
  const expected = Buffer.from(signatureOf(secret, body))
  const shown = Buffer.from(signature.toLowerCase())
  return expected.length === shown.length && timingSafeEqual(expected, shown)
}

const decodeEvent = Schema.decodeUnknownOption(Schema.fromJsonString(WireEvent))
const decodePayment = Schema.decodeUnknownOption(WirePayment)
const decodeRefund = Schema.decodeUnknownOption(WireRefund)
const decodeDispute = Schema.decodeUnknownOption(WireDispute)

type Wire = typeof WireEvent.Type

const aboutOf = ({ content: { type, object }, timestamp }: Wire): Option.Option<ProviderEvent["about"]> => {
  switch (type) {
    case "payment_details":
      return Option.map(decodePayment(object), (wire) => ({ _tag: "Payment", payment: paymentOf(wire, timestamp) }))
    case "refund_details":
      return Option.map(decodeRefund(object), (wire) => ({ _tag: "Refund", refund: refundOf(wire) }))
    case "dispute_details":
      return Option.map(decodeDispute(object), (wire) => {
        const dispute = disputeOf(wire)
        return dispute === undefined ? { _tag: "Other" } : { _tag: "Dispute", dispute }
      })
    default:
      return Option.some({ _tag: "Other" })
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })
const textOf = (body: Uint8Array): string | undefined => {
  try {
    return utf8.decode(body)
  } catch {
    return undefined
  }
}

/** Reads a delivery of Hyperswitch's, provided that it was signed with our secret. */
export const verifyHyperswitch = (
  secret: Redacted.Redacted<string>,
  delivery: SignedBody
): Result.Result<ProviderEvent, WebhookSignatureInvalid | WebhookUnreadable> => {
  if (!isSigned(secret, delivery)) return Result.fail(new WebhookSignatureInvalid())
  const event = Option.flatMap(decodeEvent(textOf(delivery.body)), (wire) =>
    Option.map(aboutOf(wire), (about): ProviderEvent => ({
      id: wire.event_id,
      type: wire.event_type,
      sentAt: undefined,
      about
    }))
  )
  return Result.fromOption(event, () => new WebhookUnreadable())
}
