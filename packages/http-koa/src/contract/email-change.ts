import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Email } from "@veza/domain/accounts"
import { textUpTo } from "@veza/domain/kernel"
import { RequiresSession } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { privateWrite, publicRead, RouteRules } from "./rules.ts"

export const EmailChange = HttpApiGroup.make("emailChange")
  .add(
    HttpApiEndpoint.put("request", "/users/me/email", {
      payload: Schema.Struct({ email: Email }),
      success: ok(Message),
      error: failures("ReauthenticationRequired", "UserNotFound")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite({ limit: "login" }))
      .annotate(
        OpenApi.Summary,
        "Move to another e-mail address by a link mailed to it; the answer does not tell whether it has an account"
      ),
    HttpApiEndpoint.post("confirm", "/auth/email-change/confirm", {
      payload: Schema.Struct({ token: textUpTo(256) }),
      success: ok(Message),
      error: failures("InvalidVerificationToken")
    })
      .annotate(RouteRules, publicRead({ limit: "login", csrf: "origin", cache: "no-store" }))
      .annotate(OpenApi.Summary, "Confirm the new e-mail address with the mailed token")
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Title, "Accounts: change of address")
