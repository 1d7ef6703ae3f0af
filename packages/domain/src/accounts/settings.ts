import { Context } from "effect"

/** The knobs of this context (10-accounts), read once from the configuration. */
export class AccountSettings extends Context.Service<
  AccountSettings,
  {
    readonly passwordMinLength: number
    /** Known from leaks, in lower case; those too short to be chosen need not be among them. */
    readonly breachedPasswords: ReadonlySet<string>
    readonly ageGateRequired: boolean
    /** Failed log-ins at one account from one address that cost no wait (AUTH_RATE_LIMIT_LOGIN_ATTEMPTS). */
    readonly freeLogins: number
  }
>()("@veza/domain/accounts/AccountSettings") {}

/** A mailed verification link lives a day; so does the registration that waits for it. */
export const verificationLifetime = { hours: 24 } as const
/** Days a session lives without and with `remember_me`, and the age no sliding carries it past (05-decisions). */
export const sessionDays = { plain: 7, remembered: 30, cap: 180 } as const
/** The youngest age at which somebody may register, in years. */
export const minimumAge = 16
