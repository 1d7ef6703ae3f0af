import { type DateTime, type Redacted, Schema } from "effect"
import { Money, type UserId } from "../kernel/index.ts"

/** A payment as the provider names it. Opaque. */
export const PaymentId = Schema.NonEmptyString.check(Schema.isMaxLength(128)).pipe(Schema.brand("PaymentId"))
export type PaymentId = typeof PaymentId.Type

/** A refund as the provider names it. Opaque. */
export const RefundId = Schema.NonEmptyString.check(Schema.isMaxLength(128)).pipe(Schema.brand("RefundId"))
export type RefundId = typeof RefundId.Type

/**
 * What somebody agreed to be charged by later, as the provider names it. It charges nobody without the provider's API
 * key, so it is stored as it is: sealing it would lose every renewal with a change of the installation's secret.
 */
export const MandateReference = Schema.NonEmptyString.check(Schema.isMaxLength(256)).pipe(
  Schema.brand("MandateReference")
)
export type MandateReference = typeof MandateReference.Type

/**
 * Where a payment is. `requires_action`: it waits for the payer, who may never come. `processing`: the provider or a
 * bank is at it. Only `succeeded` means that the whole amount was received.
 */
export const PaymentStatus = Schema.Literals(["requires_action", "processing", "succeeded", "failed", "cancelled"])
export type PaymentStatus = typeof PaymentStatus.Type
/** Ends. What succeeded stays so; what failed may succeed after all, for banks answer late too. */
export type TerminalPaymentStatus = "succeeded" | "failed" | "cancelled"

export const isTerminal = (status: PaymentStatus): status is TerminalPaymentStatus =>
  status === "succeeded" || status === "failed" || status === "cancelled"

/** Why a payment failed: the provider's or the bank's code, and its words for people. */
export const PaymentFailure = Schema.Struct({ code: Schema.String, message: Schema.String })
export type PaymentFailure = typeof PaymentFailure.Type

/** A payment as the provider last told of it. */
export interface Payment {
  readonly id: PaymentId
  readonly status: PaymentStatus
  /** Zero where a mandate was set up without a charge. */
  readonly amount: Money
  /** Undefined where the provider did not say, or names nobody of ours. */
  readonly customer: UserId | undefined
  /** Set once a payment that was to be remembered has succeeded. */
  readonly mandate: MandateReference | undefined
  /** With it the front end shows the provider's form; only for the payer. */
  readonly clientSecret: Redacted.Redacted<string> | undefined
  /** The provider's own page on which the payer can pay. */
  readonly payUrl: string | undefined
  /** Only where it failed. */
  readonly failure: PaymentFailure | undefined
  readonly createdAt: DateTime.Utc
}

export const RefundStatus = Schema.Literals(["processing", "succeeded", "failed"])
export type RefundStatus = typeof RefundStatus.Type

export interface Refund {
  readonly id: RefundId
  readonly paymentId: PaymentId
  readonly status: RefundStatus
  readonly amount: Money
  readonly failure: PaymentFailure | undefined
}

/** Where a dispute is: what the payer's bank and we have said so far. */
export const DisputeStatus = Schema.Literals(["open", "challenged", "accepted", "withdrawn", "expired", "won", "lost"])
export type DisputeStatus = typeof DisputeStatus.Type

/** What a dispute goes through, in this order: each stage begins anew, with a time of its own for evidence. */
export const DisputeStage = Schema.Literals([
  "pre_dispute",
  "dispute",
  "pre_arbitration",
  "arbitration",
  "dispute_reversal"
])
export type DisputeStage = typeof DisputeStage.Type

/** The payer's bank takes a payment back, or asks about it. */
export interface Dispute {
  /** As the provider names it. */
  readonly id: string
  readonly paymentId: PaymentId
  readonly stage: DisputeStage
  readonly status: DisputeStatus
  readonly amount: Money
  readonly reason: string | undefined
  /** Until when evidence may be sent. */
  readonly challengeUntil: DateTime.Utc | undefined
}
