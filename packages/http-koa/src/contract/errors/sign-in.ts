import * as Accounts from "@veza/domain/accounts"
import { row } from "../error-row.ts"
import { retryHeader } from "./parts.ts"

/** Credentials, tokens, sessions and API keys. */
export const signInErrors = {
  ExpiryInThePast: row(Accounts.ExpiryInThePast, 400, "EXPIRY_IN_THE_PAST", "The key would have ended already", {
    details: () => [{ field: "expires_at", message: "must lie in the future" }]
  }),
  InvalidCredentials: row(Accounts.InvalidCredentials, 401, "INVALID_CREDENTIALS", "Invalid e-mail or password"),
  InvalidToken: row(Accounts.InvalidToken, 401, "INVALID_TOKEN", "Invalid token"),
  InvalidApiKey: row(Accounts.InvalidApiKey, 401, "INVALID_API_KEY", "Invalid API key"),
  TokenRevoked: row(Accounts.TokenRevoked, 401, "TOKEN_REVOKED", "Token revoked"),
  SessionExpired: row(Accounts.SessionExpired, 401, "SESSION_EXPIRED", "Session expired or invalid"),
  SessionUserMismatch: row(Accounts.SessionUserMismatch, 403, "SESSION_USER_MISMATCH", "Session user mismatch"),
  EmailNotVerified: row(
    Accounts.EmailNotVerified,
    403,
    "EMAIL_NOT_VERIFIED",
    "Please confirm your e-mail address first"
  ),
  AccountBanned: row(Accounts.AccountBanned, 403, "ACCOUNT_BANNED", "This account is banned"),
  AccountDeactivated: row(Accounts.AccountDeactivated, 403, "ACCOUNT_DEACTIVATED", "This account is deactivated"),
  SessionNotFound: row(Accounts.SessionNotFound, 404, "SESSION_NOT_FOUND", "Resource not found"),
  ApiKeyNotFound: row(Accounts.ApiKeyNotFound, 404, "API_KEY_NOT_FOUND", "Resource not found"),
  ApiKeyRotated: row(Accounts.ApiKeyRotated, 409, "API_KEY_ROTATED", "This API key has a successor already"),
  TooManyApiKeys: row(
    Accounts.TooManyApiKeys,
    409,
    "TOO_MANY_API_KEYS",
    (e) => `You have ${e.limit} living API keys, the most there may be; revoke one first`
  ),
  TooManyAttempts: row(
    Accounts.TooManyAttempts,
    429,
    "TOO_MANY_ATTEMPTS",
    "Too many failed attempts; please wait before the next",
    { headers: (e) => retryHeader(e.retryAfter) }
  ),
  HashingBusy: row(Accounts.HashingBusy, 503, "SERVICE_BUSY", "The service is busy; please try again", {
    headers: (e) => retryHeader(e.retryAfter)
  })
} as const
