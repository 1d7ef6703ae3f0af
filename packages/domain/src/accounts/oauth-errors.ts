import { Schema } from "effect"

/** There is no such provider, or this installation does not know it. */
export class OAuthProviderNotFound extends Schema.TaggedError<OAuthProviderNotFound>()("OAuthProviderNotFound", {}) {}

/** The address to return to is not one of ours. */
export class RedirectNotAllowed extends Schema.TaggedError<RedirectNotAllowed>()("RedirectNotAllowed", {}) {}

/** Unknown, used, expired, of another provider or begun by another browser: one and the same. */
export class OAuthStateInvalid extends Schema.TaggedError<OAuthStateInvalid>()("OAuthStateInvalid", {}) {}

/** Whoever was at the provider said no. */
export class OAuthDenied extends Schema.TaggedError<OAuthDenied>()("OAuthDenied", {}) {}

/** The provider's answer does not hold; why is in the log. */
export class OAuthFailed extends Schema.TaggedError<OAuthFailed>()("OAuthFailed", {}) {}

/** The provider did not answer in time. */
export class OAuthProviderUnavailable extends Schema.TaggedError<OAuthProviderUnavailable>()(
  "OAuthProviderUnavailable",
  { retryAfter: Schema.Int }
) {}

/** The provider tells no address, and an account needs one. */
export class OAuthEmailMissing extends Schema.TaggedError<OAuthEmailMissing>()("OAuthEmailMissing", {}) {}

/** The address has an account: its owner logs in and links, nobody else does (10-accounts, "OAuth"). */
export class AccountExists extends Schema.TaggedError<AccountExists>()("AccountExists", {}) {}

export class AccountDeactivated extends Schema.TaggedError<AccountDeactivated>()("AccountDeactivated", {}) {}

/** The identity belongs to an account already, or the account has one of this provider. */
export class IdentityTaken extends Schema.TaggedError<IdentityTaken>()("IdentityTaken", {}) {}

export class IdentityNotFound extends Schema.TaggedError<IdentityNotFound>()("IdentityNotFound", {}) {}

/** Without this identity nothing would lead into the account. */
export class LastWayIn extends Schema.TaggedError<LastWayIn>()("LastWayIn", {}) {}

/** The account has no password to change; a mailed link sets one. */
export class PasswordNotSet extends Schema.TaggedError<PasswordNotSet>()("PasswordNotSet", {}) {}
