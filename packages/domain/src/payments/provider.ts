import { Context, type DateTime, type Effect, type Option, type Result } from "effect"
import type { Money, UserId } from "../kernel/index.ts"
import type {
  PaymentProviderNotConfigured,
  PaymentProviderUnavailable,
  PaymentRefused,
  WebhookSignatureInvalid,
  WebhookUnreadable
} from "./errors.ts"
import type { Dispute, MandateReference, Payment, PaymentId, Refund } from "./payment.ts"

/**
 * What makes asking twice harmless (05-decisions, "The payment port"): the provider does once what is asked with one
 * key. An attempt at an invoice, a mandate set up for a subscription, an order, a refund.
 */
export type PaymentKey = `invoice:${string}:${number}` | `setup:${string}` | `order:${string}`
export type RefundKey = `refund:${string}`

export interface NewPayment {
  /** Not negative; zero only where a mandate is set up. */
  readonly amount: Money
  readonly customer: UserId
  /** For the payer, up to 255 characters. */
  readonly description: string
  readonly by:
    /** The payer comes and pays; `remember`: and agrees to be charged later, which leaves a mandate. */
    | { readonly _tag: "Payer"; readonly remember: boolean; readonly returnUrl: string | undefined }
    /** Nobody is there; the charge is made by what was agreed to before. */
    | { readonly _tag: "Mandate"; readonly mandate: MandateReference }
}

export interface NewRefund {
  readonly paymentId: PaymentId
  /** The whole payment or a part of it. */
  readonly amount: Money
  readonly reason: string
}

/** Something the provider says happened; each has one id however often it is delivered. */
export interface ProviderEvent {
  readonly id: string
  /** In the provider's words. */
  readonly type: string
  /** When it was sent, where a signed part says so; undefined where retries carry the time of the event. */
  readonly sentAt: DateTime.Utc | undefined
  readonly about:
    | { readonly _tag: "Payment"; readonly payment: Payment }
    | { readonly _tag: "Refund"; readonly refund: Refund }
    | { readonly _tag: "Dispute"; readonly dispute: Dispute }
    /** Nothing of ours depends on it. */
    | { readonly _tag: "Other" }
}

/** What was posted to the webhook, as it came. */
export interface SignedBody {
  /** Raw: a signature is over bytes. */
  readonly body: Uint8Array
  readonly signature: string | undefined
}

type Asked<A, E = never> = Effect.Effect<A, E | PaymentProviderNotConfigured | PaymentProviderUnavailable>

/** Whoever takes money for us. Never called within a transaction. */
export class PaymentProvider extends Context.Service<
  PaymentProvider,
  {
    readonly isConfigured: boolean
    /** Creates a payment, or answers the one that was created with this key before. */
    readonly create: (key: PaymentKey, payment: NewPayment) => Asked<Payment, PaymentRefused>
    readonly read: (id: PaymentId) => Asked<Option.Option<Payment>>
    /** Calls off what waits for its payer, and answers what the payment is then: one that is under way or over stays. */
    readonly cancel: (id: PaymentId) => Asked<Option.Option<Payment>>
    /** Pays back, or answers the refund that was made with this key before. */
    readonly refund: (key: RefundKey, refund: NewRefund) => Asked<Refund, PaymentRefused>
    /** What a delivery says, if the provider signed it. */
    readonly verify: (
      delivery: SignedBody
    ) => Result.Result<ProviderEvent, PaymentProviderNotConfigured | WebhookSignatureInvalid | WebhookUnreadable>
  }
>()("@veza/domain/payments/PaymentProvider") {}
