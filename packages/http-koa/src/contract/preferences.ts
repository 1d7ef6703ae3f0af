import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { OptOutSource, SettingsChange, TermsType, UserSettings } from "@veza/domain/accounts"
import { textUpTo } from "@veza/domain/kernel"
import { RequiresSession, RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

export const OptOutView = Schema.Struct({
  opted_out: Schema.Boolean,
  /** `gpc`: by the Global Privacy Control signal of a browser. */
  source: Schema.NullOr(OptOutSource),
  opted_out_at: Schema.NullOr(Schema.DateTimeUtcFromString)
}).annotate({ identifier: "PrivacyOptOut" })

export const TermsView = Schema.Struct({
  type: TermsType,
  version: Schema.String,
  title: Schema.String,
  /** Where the whole text stands, at the front end. */
  url: Schema.String,
  summary: Schema.String,
  published_at: Schema.DateTimeUtcFromString,
  /** When the caller accepted this version; absent for who is not signed in. */
  accepted_at: Schema.optionalKey(Schema.NullOr(Schema.DateTimeUtcFromString))
}).annotate({ identifier: "TermsDocument" })
const TermsList = listOf(TermsView)

export const Preferences = HttpApiGroup.make("preferences")
  .add(
    HttpApiEndpoint.get("settings", "/me/settings", { success: ok(UserSettings) })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Your settings: what you chose over the defaults"),
    HttpApiEndpoint.put("changeSettings", "/me/settings", {
      payload: SettingsChange,
      success: ok(UserSettings)
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ closedBody: true }))
      .annotate(OpenApi.Summary, "Change some of your settings; what is not named stays"),
    HttpApiEndpoint.get("privacyOptOut", "/me/privacy/opt-out", { success: ok(OptOutView) })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Whether you opted out of what follows a person"),
    HttpApiEndpoint.post("optOut", "/me/privacy/opt-out", { success: ok(OptOutView) })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(
        OpenApi.Summary,
        "Opt out of personalised analytics and recommendations; logging in with Sec-GPC: 1 does the same"
      )
  )
  .prefix("/api/v1/users")
  .annotate(OpenApi.Title, "Accounts: settings and privacy")

export const Legal = HttpApiGroup.make("legal")
  .add(
    HttpApiEndpoint.get("currentTerms", "/terms/current", { success: ok(TermsList) })
      .annotate(RouteRules, publicRead({ auth: "O", cache: "revalidate" }))
      .annotate(OpenApi.Summary, "The terms in force, and which of them you accepted"),
    HttpApiEndpoint.post("acceptTerms", "/terms/accept", {
      payload: Schema.Array(Schema.Struct({ type: TermsType, version: textUpTo(32) })).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(20)
      ),
      success: ok(TermsList),
      error: failures("StaleTermsVersion")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Accept versions of the terms that are in force")
  )
  .prefix("/api/v1/legal")
  .annotate(OpenApi.Title, "Terms")
