import { DateTime, Option, Redacted, Schema } from "effect"
import { Currency, UserId } from "@veza/domain/kernel"
import {
  type Dispute,
  DisputeStage,
  type DisputeStatus,
  MandateReference,
  type Payment,
  type PaymentFailure,
  PaymentId,
  type PaymentStatus,
  type Refund,
  RefundId,
  type RefundStatus
} from "@veza/domain/payments"

/** Absent or null, as Hyperswitch has it for one and the same thing. */
const maybe = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** A name of Hyperswitch's. Printable alone: a database keeps no zero character, and terminals obey others. */
const isName = Schema.isPattern(/^[!-~]{1,128}$/u, { expected: "1 to 128 printable characters" })
const Name = Schema.String.check(isName)
const NameOfPayment = PaymentId.check(isName)

/** What Hyperswitch or a bank has to say, as it can be kept. */
const kept = (text: string): string => text.replaceAll("\0", "")

/** What we read of `PaymentsResponse` (api-reference.hyperswitch.io, "Payments"); the rest is left alone. */
export const WirePayment = Schema.Struct({
  payment_id: NameOfPayment,
  status: Schema.String,
  amount: Schema.Int,
  amount_received: maybe(Schema.Int),
  currency: Currency,
  customer_id: maybe(Schema.String),
  client_secret: maybe(Schema.String),
  payment_link: maybe(Schema.Struct({ link: Schema.String })),
  setup_future_usage: maybe(Schema.String),
  payment_method_id: maybe(MandateReference.check(Schema.isPattern(/^[!-~]+$/u))),
  error_code: maybe(Schema.String),
  error_message: maybe(Schema.String),
  created: maybe(Schema.DateTimeUtcFromString)
})
type WirePayment = typeof WirePayment.Type

export const WireRefund = Schema.Struct({
  refund_id: RefundId.check(isName),
  payment_id: NameOfPayment,
  status: Schema.String,
  amount: Schema.Int,
  currency: Currency,
  error_code: maybe(Schema.String),
  error_message: maybe(Schema.String)
})
type WireRefund = typeof WireRefund.Type

/** Of a dispute; its amount is minor units as text. */
export const WireDispute = Schema.Struct({
  dispute_id: Name,
  payment_id: NameOfPayment,
  dispute_stage: maybe(Schema.String),
  dispute_status: Schema.String,
  amount: Schema.FiniteFromString.check(Schema.isInt()),
  currency: Currency,
  connector_reason: maybe(Schema.String),
  challenge_required_by: maybe(Schema.DateTimeUtcFromString)
})
type WireDispute = typeof WireDispute.Type

/** An outgoing webhook (`OutgoingWebhook`); `timestamp` is that of the event, which its retries repeat. */
export const WireEvent = Schema.Struct({
  event_id: Name,
  event_type: Name,
  content: Schema.Struct({ type: Schema.String, object: Schema.Unknown }),
  timestamp: Schema.DateTimeUtcFromString
})

/** A map, for an object knows names that nobody gave it, such as `constructor`. */
const byName = <A>(names: Readonly<Record<string, A>>): ReadonlyMap<string, A> => new Map(Object.entries(names))

/**
 * `IntentStatus`. Whatever is not known to be an end is none: `partially_captured` and the like stay `processing`, so
 * that nobody gets anything for a part of the price.
 */
const paymentStatuses: ReadonlyMap<string, PaymentStatus> = byName({
  succeeded: "succeeded",
  failed: "failed",
  expired: "failed",
  cancelled: "cancelled",
  cancelled_post_capture: "cancelled",
  requires_customer_action: "requires_action",
  requires_payment_method: "requires_action",
  requires_confirmation: "requires_action"
})

const statusOf = ({ status, amount, amount_received: received }: WirePayment): PaymentStatus => {
  const known = paymentStatuses.get(status) ?? "processing"
  return known === "succeeded" && (received ?? amount) < amount ? "processing" : known
}

const failureOf = (failed: boolean, { error_code, error_message }: WirePayment | WireRefund) =>
  failed
    ? ({
        code: kept(error_code ?? "unknown"),
        message: kept(error_message ?? "The provider gave no reason.")
      } satisfies PaymentFailure)
    : undefined

const asUser = Schema.decodeUnknownOption(UserId)

/** A payment in our words; `now` stands in where the provider does not say when it was created. */
export const paymentOf = (wire: WirePayment, now: DateTime.Utc): Payment => {
  const status = statusOf(wire)
  const isRemembered = wire.setup_future_usage === "off_session" && status === "succeeded"
  return {
    id: wire.payment_id,
    status,
    amount: { amount_minor: wire.amount, currency: wire.currency },
    customer: Option.getOrUndefined(asUser(wire.customer_id)),
    mandate: isRemembered ? (wire.payment_method_id ?? undefined) : undefined,
    clientSecret: wire.client_secret ? Redacted.make(wire.client_secret) : undefined,
    payUrl: wire.payment_link?.link,
    failure: failureOf(status === "failed", wire),
    createdAt: wire.created ?? now
  }
}

const refundStatuses: ReadonlyMap<string, RefundStatus> = byName({ succeeded: "succeeded", failed: "failed" })

export const refundOf = (wire: WireRefund): Refund => {
  const status = refundStatuses.get(wire.status) ?? "processing"
  return {
    id: wire.refund_id,
    paymentId: wire.payment_id,
    status,
    amount: { amount_minor: wire.amount, currency: wire.currency },
    failure: failureOf(status === "failed", wire)
  }
}

const disputeStatuses: ReadonlyMap<string, DisputeStatus> = byName({
  dispute_opened: "open",
  dispute_challenged: "challenged",
  dispute_accepted: "accepted",
  dispute_cancelled: "withdrawn",
  dispute_expired: "expired",
  dispute_won: "won",
  dispute_lost: "lost"
})

const decodeStage = Schema.decodeUnknownOption(DisputeStage)

/** A dispute in our words, or undefined where its status is none we know. */
export const disputeOf = (wire: WireDispute): Dispute | undefined => {
  const status = disputeStatuses.get(wire.dispute_status)
  return status === undefined
    ? undefined
    : {
        id: wire.dispute_id,
        paymentId: wire.payment_id,
        stage: Option.getOrElse(decodeStage(wire.dispute_stage), () => "dispute" as const),
        status,
        amount: { amount_minor: wire.amount, currency: wire.currency },
        reason: wire.connector_reason ? kept(wire.connector_reason) : undefined,
        challengeUntil: wire.challenge_required_by ?? undefined
      }
}
