import * as Payments from "@veza/domain/payments"
import { row } from "../error-row.ts"
import { retryHeader } from "./parts.ts"

/** The payment provider and what it posts. */
export const paymentErrors = {
  WebhookUnreadable: row(
    Payments.WebhookUnreadable,
    400,
    "WEBHOOK_UNREADABLE",
    "The body is signed, but not an event of the payment provider"
  ),
  WebhookSignatureInvalid: row(
    Payments.WebhookSignatureInvalid,
    401,
    "WEBHOOK_SIGNATURE_INVALID",
    "The body is not signed by the payment provider"
  ),
  PaymentRefused: row(
    Payments.PaymentRefused,
    502,
    "PAYMENT_REFUSED",
    "The payment provider refused the request; nothing was charged"
  ),
  PaymentProviderNotConfigured: row(
    Payments.PaymentProviderNotConfigured,
    503,
    "PAYMENT_PROVIDER_UNAVAILABLE",
    "Payment provider not configured — paid plans temporarily unavailable"
  ),
  PaymentProviderUnavailable: row(
    Payments.PaymentProviderUnavailable,
    503,
    "PAYMENT_PROVIDER_UNAVAILABLE",
    "The payment provider does not answer at the moment; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  )
} as const
