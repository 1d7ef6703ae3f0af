import { Schema } from "effect"

/** This installation knows no payment provider: nothing that costs money can be had (fail closed). */
export class PaymentProviderNotConfigured extends Schema.TaggedError<PaymentProviderNotConfigured>()(
  "PaymentProviderNotConfigured",
  {}
) {}

/**
 * The provider did not answer in time, or not as it should. Whether it did what was asked is unknown: ask again with the
 * same key.
 */
export class PaymentProviderUnavailable extends Schema.TaggedError<PaymentProviderUnavailable>()(
  "PaymentProviderUnavailable",
  {
    /** Seconds after which trying again makes sense. */
    retryAfter: Schema.Int
  }
) {}

/** The provider will not do this, however often it is asked. A card that is declined is no refusal: that payment failed. */
export class PaymentRefused extends Schema.TaggedError<PaymentRefused>()("PaymentRefused", {
  /** As the provider has it. */
  code: Schema.String,
  message: Schema.String
}) {}

/** What was delivered does not bear the provider's signature, or its signed time of sending is not now. */
export class WebhookSignatureInvalid extends Schema.TaggedError<WebhookSignatureInvalid>()(
  "WebhookSignatureInvalid",
  {}
) {}

/** It is signed, but not something the provider is known to say. */
export class WebhookUnreadable extends Schema.TaggedError<WebhookUnreadable>()("WebhookUnreadable", {}) {}
