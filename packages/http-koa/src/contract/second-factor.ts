import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { Code, Password, Tokens } from "./accounts.ts"
import { RequiresSession } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { privateWrite, publicRead, RouteRules } from "./rules.ts"

/** Shown once: only their digests are kept. */
const BackupCodes = Schema.Struct({ backup_codes: Schema.Array(Schema.String) })

export const SecondFactor = HttpApiGroup.make("secondFactor")
  .add(
    HttpApiEndpoint.post("setUp", "/2fa/setup", {
      success: ok(
        Schema.Struct({
          /** Base32, for typing it in. */
          secret: Schema.String,
          otpauth_uri: Schema.String,
          qr_svg: Schema.String,
          /** The same SVG as a `data:` URI. */
          qr_data_uri: Schema.String
        })
      ),
      error: failures("ReauthenticationRequired", "SecondFactorEnabled", "UserNotFound")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "A fresh secret for your authenticator; nothing changes until its first code"),
    HttpApiEndpoint.post("enable", "/2fa/enable", {
      payload: Schema.Struct({ code: Code }),
      success: ok(BackupCodes),
      error: failures(
        "ReauthenticationRequired",
        "InvalidSecondFactor",
        "SecondFactorEnabled",
        "SecondFactorNotSetUp",
        "UserNotFound",
        "RateLimited"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Turn two-factor authentication on by its first code; answers the backup codes"),
    HttpApiEndpoint.post("disable", "/2fa/disable", {
      payload: Schema.Struct({
        password: Password,
        code: Schema.optionalKey(Code),
        backup_code: Schema.optionalKey(Code)
      }),
      success: ok(Message),
      error: failures(
        "InvalidRequest",
        "ReauthenticationRequired",
        "InvalidCredentials",
        "PasswordNotSet",
        "InvalidSecondFactor",
        "SecondFactorNotSetUp",
        "UserNotFound",
        "TooManyAttempts",
        "RateLimited",
        "HashingBusy"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Turn two-factor authentication off"),
    HttpApiEndpoint.post("regenerateBackupCodes", "/2fa/backup-codes", {
      payload: Schema.Struct({ code: Code }),
      success: ok(BackupCodes),
      error: failures(
        "ReauthenticationRequired",
        "InvalidSecondFactor",
        "SecondFactorNotSetUp",
        "TooManyAttempts",
        "RateLimited"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Fresh backup codes; the former ones are worth nothing any more"),
    HttpApiEndpoint.post("verify", "/2fa/verify", {
      payload: Schema.Struct({
        challenge: textUpTo(4096),
        code: Schema.optionalKey(Code),
        backup_code: Schema.optionalKey(Code)
      }),
      success: ok(Tokens),
      error: failures(
        "InvalidRequest",
        "InvalidChallenge",
        "InvalidSecondFactor",
        "AccountBanned",
        "TooManyAttempts",
        "UnderMaintenance"
      )
    })
      .annotate(RouteRules, publicRead({ limit: "login", csrf: "origin", cache: "no-store", duringMaintenance: true }))
      .annotate(OpenApi.Summary, "End a log-in with the second factor; sets the cookies and answers the tokens"),
    HttpApiEndpoint.post("reauthenticate", "/reauthenticate", {
      payload: Schema.Struct({
        password: Schema.optionalKey(Password),
        totp_code: Schema.optionalKey(Code)
      }),
      success: ok(Message),
      error: failures(
        "InvalidRequest",
        "InvalidCredentials",
        "PasswordNotSet",
        "InvalidSecondFactor",
        "UserNotFound",
        "TooManyAttempts",
        "RateLimited",
        "HashingBusy"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Prove again who you are; sensitive changes need it every ten minutes")
  )
  .prefix("/api/v1/auth")
  .annotate(OpenApi.Title, "Accounts: second factor")
