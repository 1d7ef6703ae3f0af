import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { publicRead, RouteRules } from "./rules.ts"

const signed = {
  required: true,
  content: {
    "application/json": {
      schema: {
        type: "object",
        description: "An event of Hyperswitch's, at most 64 KB; the signature is over its bytes"
      }
    }
  }
}

/** Where the payment provider posts its events. It shows no key but signs; no limit by address counts it. */
export const PaymentWebhooks = HttpApiGroup.make("paymentWebhooks")
  .add(
    HttpApiEndpoint.post("hyperswitch", "/hyperswitch", {
      headers: { "x-webhook-signature-512": Schema.optionalKey(textUpTo(1024)) },
      success: ok(Message),
      error: failures(
        "BodyTooLarge",
        "InvalidRequest",
        "PaymentProviderNotConfigured",
        "WebhookSignatureInvalid",
        "WebhookUnreadable"
      )
    })
      .annotate(
        RouteRules,
        publicRead({
          cache: "no-store",
          limit: "none",
          duringMaintenance: true,
          raw: { totalCap: "30 seconds" },
          requestBody: signed
        })
      )
      .annotate(OpenApi.Summary, "Hyperswitch says what became of payments, refunds and disputes")
  )
  .prefix("/api/v1/webhooks")
  .annotate(OpenApi.Title, "Payment webhooks")
