import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { keyOverlap } from "@veza/domain/accounts"
import { ApiKeyId, KeyScope, nonBlankUpTo } from "@veza/domain/kernel"
import { RequiresSession } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf } from "./lists.ts"
import { privateRead, privateWrite, RouteRules } from "./rules.ts"
import { Timestamp } from "./timestamp.ts"

const view = {
  id: ApiKeyId,
  name: Schema.String,
  /** The first characters of the key. */
  prefix: Schema.String,
  scopes: Schema.Array(KeyScope),
  created_at: Schema.DateTimeUtcFromString,
  last_used_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  expires_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  /** When a rotated key ends, so that its successor can be put in its place before. */
  retires_at: Schema.NullOr(Schema.DateTimeUtcFromString)
}
export const ApiKeyView = Schema.Struct(view).annotate({ identifier: "ApiKey" })
export const IssuedApiKey = Schema.Struct({
  ...view,
  /** The key itself, in this answer and never again. */
  key: Schema.String
}).annotate({ identifier: "IssuedApiKey" })

const Scopes = Schema.NonEmptyArray(KeyScope).check(Schema.isUnique({ expected: "no scope twice" }))
const Overlap = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: keyOverlap.longest }))

export const ApiKeys = HttpApiGroup.make("apiKeys")
  .add(
    HttpApiEndpoint.get("list", "/", { success: ok(listOf(ApiKeyView)) })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Your living API keys"),
    HttpApiEndpoint.post("create", "/", {
      payload: Schema.Struct({
        name: nonBlankUpTo(100),
        scopes: Scopes,
        expires_at: Schema.optionalKey(Schema.NullOr(Timestamp))
      }),
      success: ok(IssuedApiKey, 201),
      error: failures("ExpiryInThePast", "TooManyApiKeys", "Forbidden", "UserNotFound", "ReauthenticationRequired")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Make an API key; it is shown once"),
    HttpApiEndpoint.make("DELETE")("revoke", "/:id", {
      params: { id: ApiKeyId },
      success: ok(Message),
      error: failures("ApiKeyNotFound")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Revoke an API key; it is dead at once"),
    HttpApiEndpoint.post("rotate", "/:id/rotate", {
      params: { id: ApiKeyId },
      payload: Schema.Struct({ overlap_seconds: Schema.optionalKey(Overlap) }),
      success: ok(IssuedApiKey, 201),
      error: failures(
        "ApiKeyNotFound",
        "ApiKeyRotated",
        "TooManyApiKeys",
        "Forbidden",
        "UserNotFound",
        "ReauthenticationRequired"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Replace an API key; the old one lives on for a day unless told otherwise")
  )
  .prefix("/api/v1/developer/api-keys")
  .annotate(OpenApi.Title, "Accounts: API keys")
