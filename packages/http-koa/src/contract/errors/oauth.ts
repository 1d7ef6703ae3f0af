import * as Accounts from "@veza/domain/accounts"
import { row } from "../error-row.ts"
import { retryHeader } from "./parts.ts"

/** Log-ins at providers and the identities they leave. */
export const oauthErrors = {
  RedirectNotAllowed: row(
    Accounts.RedirectNotAllowed,
    400,
    "REDIRECT_NOT_ALLOWED",
    "The address to return to is not allowed",
    { details: () => [{ field: "redirect", message: "must be an address of the front end" }] }
  ),
  OAuthStateInvalid: row(
    Accounts.OAuthStateInvalid,
    400,
    "OAUTH_STATE_INVALID",
    "This log-in has ended, was used or was begun elsewhere; please begin again"
  ),
  OAuthFailed: row(Accounts.OAuthFailed, 400, "OAUTH_FAILED", "The log-in at the provider failed; please begin again"),
  OAuthDenied: row(Accounts.OAuthDenied, 403, "OAUTH_DENIED", "The log-in was declined at the provider"),
  OAuthEmailMissing: row(
    Accounts.OAuthEmailMissing,
    403,
    "OAUTH_EMAIL_MISSING",
    "The provider tells no e-mail address; register with one and link the provider afterwards"
  ),
  OAuthProviderNotFound: row(Accounts.OAuthProviderNotFound, 404, "OAUTH_PROVIDER_NOT_FOUND", "Resource not found"),
  IdentityNotFound: row(Accounts.IdentityNotFound, 404, "IDENTITY_NOT_FOUND", "Resource not found"),
  AccountExists: row(
    Accounts.AccountExists,
    409,
    "ACCOUNT_EXISTS",
    "This e-mail address has an account; log in to it and link the provider"
  ),
  IdentityTaken: row(
    Accounts.IdentityTaken,
    409,
    "IDENTITY_TAKEN",
    "This identity belongs to another account, or yours has one of this provider"
  ),
  LastWayIn: row(
    Accounts.LastWayIn,
    409,
    "LAST_WAY_IN",
    "Nothing else leads into your account; set a password or link another provider first"
  ),
  OAuthProviderUnavailable: row(
    Accounts.OAuthProviderUnavailable,
    503,
    "OAUTH_PROVIDER_UNAVAILABLE",
    "The provider does not answer; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  )
} as const
