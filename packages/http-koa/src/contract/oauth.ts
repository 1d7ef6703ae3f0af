import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OAuthProvider } from "@veza/domain/accounts"
import { textUpTo } from "@veza/domain/kernel"
import { RequiresSession } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

const raw = { totalCap: "40 seconds" } as const
const provider = { provider: textUpTo(32) }
const optional = (max: number) => Schema.optionalKey(textUpTo(max))
const redirect = (description: string) => ({ "302": { description } })

const IdentityView = Schema.Struct({
  provider: OAuthProvider,
  email: Schema.NullOr(Schema.String),
  created_at: Schema.DateTimeUtcFromString,
  last_used_at: Schema.DateTimeUtcFromString
}).annotate({ identifier: "OAuthIdentity" })

export const OAuth = HttpApiGroup.make("oauth")
  .add(
    HttpApiEndpoint.get("start", "/:provider", {
      params: provider,
      query: { redirect: optional(2048) },
      error: failures(
        "OAuthProviderNotFound",
        "RedirectNotAllowed",
        "OAuthFailed",
        "OAuthProviderUnavailable",
        "ReauthenticationRequired",
        "InsufficientScope",
        "CsrfRefused"
      )
    })
      .annotate(RouteRules, {
        ...publicRead({ auth: "O", limit: "login", cache: "no-store" }),
        raw,
        responses: redirect("To the provider; a cookie binds the way back to this browser")
      })
      .annotate(OpenApi.Summary, "Log in at a provider, or link it to the account you are signed in to"),
    HttpApiEndpoint.get("callback", "/:provider/callback", {
      params: provider,
      query: {
        state: optional(256),
        code: optional(4096),
        error: optional(256),
        error_description: optional(2048),
        iss: optional(2048)
      },
      error: failures("OAuthProviderNotFound")
    })
      .annotate(RouteRules, {
        ...publicRead({ auth: "O", limit: "login", cache: "no-store" }),
        raw,
        responses: redirect("Back to the front end with the cookies set, or with `?error=CODE`")
      })
      .annotate(OpenApi.Summary, "Where a provider sends the browser back to"),
    HttpApiEndpoint.get("identities", "/identities", {
      success: ok(listOf(IdentityView))
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "The providers that lead into your account"),
    HttpApiEndpoint.make("DELETE")("unlink", "/identities/:provider", {
      params: provider,
      success: ok(Message),
      error: failures("IdentityNotFound", "LastWayIn", "ReauthenticationRequired")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Unlink a provider, unless it is the last way in")
  )
  .prefix("/api/v1/auth/oauth")
  .annotate(OpenApi.Title, "Accounts: providers")
