import { Schema } from "effect"

/** How a second factor may be proved. */
export const SecondFactorMethod = Schema.Literals(["totp", "backup_code"])

/** The password was right; the second factor is missing (10-accounts, "Login"). */
export class TwoFactorRequired extends Schema.TaggedError<TwoFactorRequired>()("TwoFactorRequired", {
  challenge: Schema.String,
  methods: Schema.Array(SecondFactorMethod),
  /** Seconds. */
  expiresIn: Schema.Int
}) {}

/** Wrong, used and unknown codes of either kind are one and the same. */
export class InvalidSecondFactor extends Schema.TaggedError<InvalidSecondFactor>()("InvalidSecondFactor", {}) {}

/** Unknown, used, ended and exhausted challenges are one and the same. */
export class InvalidChallenge extends Schema.TaggedError<InvalidChallenge>()("InvalidChallenge", {}) {}

/** Too many failed proofs; each further one makes the wait longer. */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>()("TooManyAttempts", {
  /** Seconds. */
  retryAfter: Schema.Int
}) {}

export class SecondFactorEnabled extends Schema.TaggedError<SecondFactorEnabled>()("SecondFactorEnabled", {}) {}
/** There is no second factor, or none that waits for its first code. */
export class SecondFactorNotSetUp extends Schema.TaggedError<SecondFactorNotSetUp>()("SecondFactorNotSetUp", {}) {}
