import { Schema } from "effect"

export class UsernameTaken extends Schema.TaggedError<UsernameTaken>()("UsernameTaken", {}) {}

/** A username is changed at most once in 30 days. */
export class UsernameChangedRecently extends Schema.TaggedError<UsernameChangedRecently>()(
  "UsernameChangedRecently",
  {}
) {}

export class WeakPassword extends Schema.TaggedError<WeakPassword>()("WeakPassword", {
  field: Schema.Literals(["password", "new_password"]),
  fault: Schema.Literals(["too_short", "too_long", "too_common", "personal"]),
  minLength: Schema.Int
}) {}

/** Under 16 on the day of registering (10-accounts). */
export class Underage extends Schema.TaggedError<Underage>()("Underage", {}) {}
export class BirthdateRequired extends Schema.TaggedError<BirthdateRequired>()("BirthdateRequired", {}) {}

/** One and the same for an unknown account and a wrong password. */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {}) {}
export class EmailNotVerified extends Schema.TaggedError<EmailNotVerified>()("EmailNotVerified", {}) {}
export class AccountBanned extends Schema.TaggedError<AccountBanned>()("AccountBanned", {}) {}

/** Unknown, used and expired links are one and the same. */
export class InvalidVerificationToken extends Schema.TaggedError<InvalidVerificationToken>()(
  "InvalidVerificationToken",
  {}
) {}

/** Unknown, used and expired links are one and the same. */
export class InvalidResetToken extends Schema.TaggedError<InvalidResetToken>()("InvalidResetToken", {}) {}
/** The current password given with a change is not the caller's; `field` where it was not called `current_password`. */
export class WrongPassword extends Schema.TaggedError<WrongPassword>()("WrongPassword", {
  field: Schema.optionalKey(Schema.Literal("password"))
}) {}

/** A sensitive change needs a fresh proof of who asks for it (05-decisions, "Step-up"). */
export class ReauthenticationRequired extends Schema.TaggedError<ReauthenticationRequired>()(
  "ReauthenticationRequired",
  {}
) {}

export class UserNotFound extends Schema.TaggedError<UserNotFound>()("UserNotFound", {}) {}

/** Every hashing place is taken and the queue is full (05-decisions, "Argon2"). */
export class HashingBusy extends Schema.TaggedError<HashingBusy>()("HashingBusy", { retryAfter: Schema.Int }) {}

/** Why a presented access token or its session is refused (00-conventions, "Authentication of a request"). */
export class InvalidToken extends Schema.TaggedError<InvalidToken>()("InvalidToken", {}) {}
export class TokenRevoked extends Schema.TaggedError<TokenRevoked>()("TokenRevoked", {}) {}
export class SessionExpired extends Schema.TaggedError<SessionExpired>()("SessionExpired", {}) {}
export class SessionUserMismatch extends Schema.TaggedError<SessionUserMismatch>()("SessionUserMismatch", {}) {}

/** The content is no image in an accepted format, or is damaged. */
export class UnsupportedImage extends Schema.TaggedError<UnsupportedImage>()("UnsupportedImage", {}) {}
/** The file is larger than may be sent. */
export class ImageFileTooLarge extends Schema.TaggedError<ImageFileTooLarge>()("ImageFileTooLarge", {
  maxBytes: Schema.Int
}) {}
/** The image holds more pixels, or takes longer to decode, than is reasonable. */
export class ImageTooLarge extends Schema.TaggedError<ImageTooLarge>()("ImageTooLarge", { maxPixels: Schema.Int }) {}
export class ImageNotFound extends Schema.TaggedError<ImageNotFound>()("ImageNotFound", {}) {}
