import * as Accounts from "@veza/domain/accounts"
import { row } from "../error-row.ts"

/** The second factor and stepping up. */
export const secondFactorErrors = {
  TwoFactorRequired: row(
    Accounts.TwoFactorRequired,
    401,
    "TWO_FACTOR_REQUIRED",
    "Please give the code of your authenticator too, at POST /api/v1/auth/2fa/verify"
  ),
  InvalidSecondFactor: row(Accounts.InvalidSecondFactor, 401, "INVALID_SECOND_FACTOR", "The code is not right"),
  InvalidChallenge: row(Accounts.InvalidChallenge, 401, "INVALID_CHALLENGE", "Please log in again"),
  ReauthenticationRequired: row(
    Accounts.ReauthenticationRequired,
    403,
    "REAUTHENTICATION_REQUIRED",
    "Please confirm who you are, at POST /api/v1/auth/reauthenticate, and try again",
    { transient: true }
  ),
  SecondFactorEnabled: row(
    Accounts.SecondFactorEnabled,
    409,
    "SECOND_FACTOR_ENABLED",
    "Two-factor authentication is on already"
  ),
  SecondFactorNotSetUp: row(
    Accounts.SecondFactorNotSetUp,
    409,
    "SECOND_FACTOR_NOT_SET_UP",
    "Two-factor authentication is not set up"
  )
} as const
