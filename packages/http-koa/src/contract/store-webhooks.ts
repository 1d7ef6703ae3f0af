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
        description: "A store's report about a delivery, at most 64 KB; the signature is over its bytes"
      }
    }
  }
}

/** Where stores say what became of a delivery. They sign; no limit by address counts them. */
export const StoreWebhooks = HttpApiGroup.make("storeWebhooks")
  .add(
    HttpApiEndpoint.post("report", "/distribution/:provider", {
      params: { provider: textUpTo(64) },
      headers: { "x-veza-signature": Schema.optionalKey(textUpTo(256)) },
      success: ok(Message),
      error: failures("UnknownStore", "CallbackRefused", "CallbackMalformed", "BodyTooLarge", "InvalidRequest")
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
      .annotate(
        OpenApi.Summary,
        'A store says what became of a delivery: `X-Veza-Signature: t=<Unix seconds>,v1=<HMAC-SHA-256 of "<t>.<body>">`'
      )
  )
  .prefix("/api/v1/webhooks")
  .annotate(OpenApi.Title, "Distribution: webhooks")
