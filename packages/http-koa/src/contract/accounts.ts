import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Birthdate, Email, Username } from "@veza/domain/accounts"
import { Role, SessionId, textUpTo, UserId, Uuid } from "@veza/domain/kernel"
import { RequiresSession, RequiresSignIn } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

export const OwnUser = Schema.Struct({
  id: UserId,
  email: Schema.String,
  username: Schema.String,
  display_name: Schema.NullOr(Schema.String),
  role: Role,
  is_verified: Schema.Boolean,
  birthdate: Schema.NullOr(Schema.String),
  promoted_to_creator_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  created_at: Schema.DateTimeUtcFromString
}).annotate({ identifier: "OwnUser" })

export const Password = textUpTo(1024)
/** A code of an authenticator or a backup code, as somebody typed it. */
export const Code = textUpTo(64)
const Registered = Schema.Struct({
  user: Schema.Struct({ id: Uuid, username: Schema.String, email: Schema.String }),
  verification_required: Schema.Literal(true),
  message: Schema.String
})

export const Tokens = Schema.Struct({
  user: OwnUser,
  access_token: Schema.String,
  refresh_token: Schema.String,
  /** Seconds. */
  expires_in: Schema.Int,
  token_type: Schema.Literal("Bearer")
})

const RefreshedTokens = Schema.Struct({
  message: Schema.Literal("Token refreshed successfully"),
  access_token: Schema.String,
  refresh_token: Schema.String,
  /** Seconds. */
  expires_in: Schema.Int,
  token_type: Schema.Literal("Bearer")
})

const SessionView = Schema.Struct({
  id: SessionId,
  ip: Schema.String,
  user_agent: Schema.String,
  /** As the user agent says. */
  device: Schema.Struct({
    name: Schema.String,
    type: Schema.Literals(["desktop", "mobile", "tablet", "tv", "other"])
  }),
  created_at: Schema.DateTimeUtcFromString,
  last_used_at: Schema.DateTimeUtcFromString,
  expires_at: Schema.DateTimeUtcFromString,
  /** The session of this very request. */
  current: Schema.Boolean
}).annotate({ identifier: "Session" })

const anonymousWrite = (limit: "register" | "login") =>
  publicRead({ limit, csrf: "origin", cache: "no-store", duringMaintenance: limit === "login" })

export const Auth = HttpApiGroup.make("auth")
  .add(
    HttpApiEndpoint.post("register", "/register", {
      payload: Schema.Struct({
        username: Username,
        email: Email,
        password: Password,
        birthdate: Schema.optionalKey(Birthdate)
      }),
      success: ok(Registered, 201),
      error: failures("UsernameTaken", "WeakPassword", "Underage", "BirthdateRequired", "HashingBusy")
    })
      .annotate(RouteRules, anonymousWrite("register"))
      .annotate(OpenApi.Summary, "Register an account; a mail with a confirmation link follows"),
    HttpApiEndpoint.post("verifyEmail", "/verify-email", {
      query: { token: Schema.optionalKey(textUpTo(256)) },
      headers: { "x-verify-token": Schema.optionalKey(textUpTo(256)) },
      payload: Schema.Struct({ token: Schema.optionalKey(textUpTo(256)) }),
      success: ok(Message),
      error: failures("InvalidVerificationToken")
    })
      .annotate(RouteRules, publicRead({ limit: "login", csrf: "origin", cache: "no-store" }))
      .annotate(OpenApi.Summary, "Confirm an e-mail address with the mailed token"),
    HttpApiEndpoint.post("resendVerification", "/resend-verification", {
      payload: Schema.Struct({ email: Email }),
      success: ok(Message)
    })
      .annotate(RouteRules, publicRead({ limit: "login", csrf: "origin", cache: "no-store" }))
      .annotate(
        OpenApi.Summary,
        "Ask for the confirmation mail again; the answer does not tell whether there is an account"
      ),
    HttpApiEndpoint.post("login", "/login", {
      payload: Schema.Struct({
        email: textUpTo(254),
        password: Password,
        remember_me: Schema.optionalKey(Schema.Boolean),
        totp_code: Schema.optionalKey(Code),
        backup_code: Schema.optionalKey(Code)
      }),
      success: ok(Tokens),
      error: failures(
        "InvalidCredentials",
        "TwoFactorRequired",
        "InvalidSecondFactor",
        "EmailNotVerified",
        "AccountBanned",
        "TooManyAttempts",
        "UnderMaintenance",
        "HashingBusy"
      )
    })
      .annotate(RouteRules, anonymousWrite("login"))
      .annotate(OpenApi.Summary, "Log in; sets the cookies and answers the tokens"),
    HttpApiEndpoint.post("requestPasswordReset", "/password/reset-request", {
      payload: Schema.Struct({ email: Email }),
      success: ok(Message)
    })
      .annotate(RouteRules, publicRead({ limit: "login", csrf: "origin", cache: "no-store" }))
      .annotate(
        OpenApi.Summary,
        "Ask for a link to choose a new password; the answer does not tell whether there is an account"
      ),
    HttpApiEndpoint.post("resetPassword", "/password/reset", {
      payload: Schema.Struct({ token: textUpTo(256), new_password: Password }),
      success: ok(Message),
      error: failures("InvalidResetToken", "WeakPassword", "HashingBusy")
    })
      .annotate(RouteRules, publicRead({ limit: "login", csrf: "origin", cache: "no-store" }))
      .annotate(OpenApi.Summary, "Choose a new password with the mailed token; every device is signed out"),
    HttpApiEndpoint.post("refresh", "/refresh", {
      payload: Schema.Struct({ refresh_token: Schema.optionalKey(textUpTo(4096)) }),
      success: ok(RefreshedTokens),
      error: failures("InvalidToken")
    })
      .annotate(RouteRules, publicRead({ csrf: "origin", cache: "no-store", duringMaintenance: true }))
      .annotate(OpenApi.Summary, "New tokens for a refresh token, from the cookie or the body; each is used once"),
    HttpApiEndpoint.get("checkUsername", "/check-username", {
      query: { username: Username },
      success: ok(Schema.Struct({ available: Schema.Boolean, suggestion: Schema.optionalKey(Schema.String) }))
    })
      .annotate(RouteRules, publicRead({ cache: "no-store" }))
      .annotate(OpenApi.Summary, "Can this username be had"),
    HttpApiEndpoint.get("sessions", "/sessions", {
      success: ok(listOf(SessionView))
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "The devices on which you are signed in"),
    HttpApiEndpoint.make("DELETE")("revokeSession", "/sessions/:id", {
      params: { id: SessionId },
      success: ok(Message),
      error: failures("SessionNotFound")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Sign one device out"),
    HttpApiEndpoint.post("logoutAll", "/logout-all", { success: ok(Message) })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite({ duringMaintenance: true }))
      .annotate(OpenApi.Summary, "Sign every device out; all tokens are dead at once"),
    HttpApiEndpoint.post("logout", "/logout", { success: ok(Message) })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite({ duringMaintenance: true }))
      .annotate(OpenApi.Summary, "End this session; its tokens are dead at once"),
    HttpApiEndpoint.get("me", "/me", {
      success: ok(OwnUser),
      error: failures("UserNotFound", "TemporarilyUnavailable")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ stable: true, probe: true }))
      .annotate(OpenApi.Summary, "Who am I"),
    HttpApiEndpoint.get("csrf", "/csrf", { success: ok(Schema.Struct({ csrf_token: Schema.String })) })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead({ duringMaintenance: true }))
      .annotate(OpenApi.Summary, "The CSRF token of this session, for the header X-CSRF-Token")
  )
  .prefix("/api/v1/auth")
  .annotate(OpenApi.Title, "Accounts: sign-up and sign-in")

export const Users = HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.put("changePassword", "/me/password", {
      payload: Schema.Struct({ current_password: Password, new_password: Password }),
      success: ok(Message),
      error: failures(
        "WrongPassword",
        "PasswordNotSet",
        "WeakPassword",
        "UserNotFound",
        "TooManyAttempts",
        "HashingBusy"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Change your password; every other device is signed out"),
    HttpApiEndpoint.post("upgradeCreator", "/me/upgrade-creator", {
      success: ok(
        Schema.Struct({
          role: Role,
          already_elevated: Schema.Boolean,
          promoted_to_creator_at: Schema.NullOr(Schema.DateTimeUtcFromString)
        })
      ),
      error: failures("EmailNotVerified", "UserNotFound")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Become a creator")
  )
  .prefix("/api/v1/users")
  .annotate(OpenApi.Title, "Accounts: users")
