import * as Accounts from "@veza/domain/accounts"
import { row } from "../error-row.ts"

const passwordMessages = {
  too_short: (min: number) => `must have at least ${min} characters`,
  too_long: () => "must have at most 128 characters",
  too_common: () => "is among the passwords that attackers try first",
  personal: () => "must not be built from your e-mail address or username"
} as const

/** Registration, passwords, mailed links and administration. */
export const accountErrors = {
  WeakPassword: row(Accounts.WeakPassword, 400, "WEAK_PASSWORD", "The password cannot be used", {
    details: (e) => [{ field: e.field, message: passwordMessages[e.fault](e.minLength) }]
  }),
  Underage: row(Accounts.Underage, 400, "UNDERAGE", "You must be at least 16 years old", {
    details: () => [{ field: "birthdate", message: "16 years or more" }]
  }),
  BirthdateRequired: row(Accounts.BirthdateRequired, 400, "BIRTHDATE_REQUIRED", "Your date of birth is required", {
    details: () => [{ field: "birthdate", message: "is required" }]
  }),
  InvalidVerificationToken: row(
    Accounts.InvalidVerificationToken,
    400,
    "INVALID_VERIFICATION_TOKEN",
    "The link is unknown, was used or has ended; ask for a new one"
  ),
  InvalidResetToken: row(
    Accounts.InvalidResetToken,
    400,
    "INVALID_RESET_TOKEN",
    "The link is unknown, was used or has ended; ask for a new one"
  ),
  WrongPassword: row(Accounts.WrongPassword, 403, "WRONG_PASSWORD", "The current password is not right", {
    details: (e) => [{ field: e.field ?? "current_password", message: "is not right" }],
    fromWire: (_meta, [detail]) => new Accounts.WrongPassword(detail?.field === "password" ? { field: "password" } : {})
  }),
  UserNotFound: row(Accounts.UserNotFound, 404, "USER_NOT_FOUND", "User not found"),
  PasswordNotSet: row(
    Accounts.PasswordNotSet,
    409,
    "PASSWORD_NOT_SET",
    "Your account has no password; ask for a link by “forgot password” to set one"
  ),
  OwnAccount: row(
    Accounts.OwnAccount,
    409,
    "OWN_ACCOUNT",
    "Administrators cannot do this to their own account; ask another one"
  ),
  LastAdministrator: row(Accounts.LastAdministrator, 409, "LAST_ADMINISTRATOR", "No other administrator would be left")
} as const
