import { Schema } from "effect"
import * as Accounts from "@veza/domain/accounts"
import * as Kernel from "@veza/domain/kernel"
import * as Platform from "@veza/domain/platform"
import * as Tracks from "@veza/domain/tracks"
import { type ErrorRow, row } from "./error-row.ts"

/** The body, a parameter or a header is not as declared; one detail for each fault. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  faults: Schema.Array(Schema.Struct({ field: Schema.String, message: Schema.String }))
}) {}
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()("BodyTooLarge", { maxBytes: Schema.Int }) {}
export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()("UnsupportedMediaType", {
  expected: Schema.String
}) {}
export class MissingCredentials extends Schema.TaggedError<MissingCredentials>()("MissingCredentials", {}) {}
export class CsrfRefused extends Schema.TaggedError<CsrfRefused>()("CsrfRefused", {}) {}
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", { retryAfter: Schema.Int }) {}
export class RouteNotFound extends Schema.TaggedError<RouteNotFound>()("RouteNotFound", {}) {}
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>()("MethodNotAllowed", {
  allow: Schema.String
}) {}
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>()("DeadlineExceeded", {}) {}
export class InternalError extends Schema.TaggedError<InternalError>()("InternalError", {}) {}

const passwordMessages = {
  too_short: (min: number) => `must have at least ${min} characters`,
  too_long: () => "must have at most 128 characters",
  too_common: () => "is among the passwords that attackers try first",
  personal: () => "must not be built from your e-mail address or username"
} as const

const retryHeader = (seconds: number) => ({ "Retry-After": String(seconds) })
const megabytes = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)} MB`

/** The one table from errors to HTTP: status, stable code, message. Whatever is not in it cannot leave a handler. */
export const errorTable = {
  InvalidRequest: row(InvalidRequest, 400, "VALIDATION_FAILED", "The request is not valid", {
    details: (e) => e.faults,
    fromWire: (_meta, details) => new InvalidRequest({ faults: details })
  }),
  InvalidCursor: row(Kernel.InvalidCursor, 400, "INVALID_CURSOR", "The cursor does not belong to this list", {
    details: () => [{ field: "cursor", message: "begin again with an empty cursor" }]
  }),
  PageTooDeep: row(Kernel.PageTooDeep, 400, "PAGE_TOO_DEEP", "Pages end at row 10,000; go on with a cursor", {
    details: () => [{ field: "page", message: "page × limit must be at most 10,000" }]
  }),
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
    details: () => [{ field: "current_password", message: "is not right" }]
  }),
  InvalidUploadForm: row(Tracks.InvalidUploadForm, 400, "VALIDATION_FAILED", "The upload is not valid", {
    details: (e) => e.faults,
    fromWire: (_meta, details) => new Tracks.InvalidUploadForm({ faults: details })
  }),
  UploadInterrupted: row(Tracks.UploadInterrupted, 400, "UPLOAD_INTERRUPTED", "The upload ended before the file did"),
  MissingCredentials: row(MissingCredentials, 401, "UNAUTHENTICATED", "Access token required"),
  InvalidCredentials: row(Accounts.InvalidCredentials, 401, "INVALID_CREDENTIALS", "Invalid e-mail or password"),
  InvalidToken: row(Accounts.InvalidToken, 401, "INVALID_TOKEN", "Invalid token"),
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
  CsrfRefused: row(CsrfRefused, 403, "CSRF_REFUSED", "The CSRF token or the origin of the request is not valid"),
  Forbidden: row(Kernel.Forbidden, 403, "FORBIDDEN", (e) =>
    e.reason === "content_creator_required"
      ? "Insufficient permissions. Content creation requires creator, premium, or admin role."
      : e.reason === "not_yours"
        ? "You do not have permission to access this resource"
        : "Insufficient permissions"
  ),
  TrackPrivate: row(Tracks.TrackPrivate, 403, "TRACK_PRIVATE", "You do not have permission to access this resource"),
  InvalidShareToken: row(Tracks.InvalidShareToken, 403, "INVALID_SHARE_TOKEN", "invalid or expired share token"),
  RouteNotFound: row(RouteNotFound, 404, "NOT_FOUND", "Resource not found"),
  UserNotFound: row(Accounts.UserNotFound, 404, "USER_NOT_FOUND", "User not found"),
  SessionNotFound: row(Accounts.SessionNotFound, 404, "SESSION_NOT_FOUND", "Resource not found"),
  TrackNotFound: row(Tracks.TrackNotFound, 404, "TRACK_NOT_FOUND", "Resource not found"),
  ShareNotFound: row(Tracks.ShareNotFound, 404, "SHARE_NOT_FOUND", "Resource not found"),
  TrackFileMissing: row(Tracks.TrackFileMissing, 404, "TRACK_FILE_MISSING", "The track's file is missing"),
  WaveformUnavailable: row(Tracks.WaveformUnavailable, 404, "WAVEFORM_UNAVAILABLE", "This track has no waveform"),
  MethodNotAllowed: row(MethodNotAllowed, 405, "METHOD_NOT_ALLOWED", "The resource does not know this method", {
    headers: (e) => ({ Allow: e.allow })
  }),
  UsernameTaken: row(Accounts.UsernameTaken, 409, "USERNAME_TAKEN", "This username is taken", {
    details: () => [{ field: "username", message: "is taken" }]
  }),
  DuplicateTrack: row(Tracks.DuplicateTrack, 409, "DUPLICATE_TRACK", "You have uploaded this file before"),
  TrackNotReady: row(Tracks.TrackNotReady, 409, "TRACK_NOT_READY", "The track is not ready to be played"),
  BodyTooLarge: row(BodyTooLarge, 413, "BODY_TOO_LARGE", (e) => `The body may have at most ${e.maxBytes} bytes`),
  FileTooLarge: row(
    Tracks.FileTooLarge,
    413,
    "FILE_TOO_LARGE",
    (e) => `The file may have at most ${megabytes(e.maxBytes)}`,
    {
      details: () => [{ field: "file", message: "is too large" }]
    }
  ),
  UnsupportedMediaType: row(
    UnsupportedMediaType,
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    (e) => `The body must be ${e.expected}`
  ),
  UnsupportedAudio: row(
    Tracks.UnsupportedAudio,
    415,
    "UNSUPPORTED_AUDIO",
    (e) =>
      e.reason === "not_audio"
        ? "The file is not audio in an accepted format (MP3, FLAC, WAV, OGG, M4A, AAC, AIFF)"
        : "The file's content is not of the format its name says",
    { details: () => [{ field: "file", message: "must be audio whose extension fits its content" }] }
  ),
  InfectedFile: row(Tracks.InfectedFile, 422, "INFECTED_FILE", "The file was refused by the virus scanner", {
    details: () => [{ field: "file", message: "was refused by the virus scanner" }]
  }),
  RateLimited: row(RateLimited, 429, "RATE_LIMITED", "Too many requests; please slow down", {
    headers: (e) => retryHeader(e.retryAfter)
  }),
  InternalError: row(InternalError, 500, "INTERNAL_ERROR", "Internal server error"),
  HashingBusy: row(Accounts.HashingBusy, 503, "SERVICE_BUSY", "The service is busy; please try again", {
    headers: (e) => retryHeader(e.retryAfter)
  }),
  TemporarilyUnavailable: row(
    Kernel.TemporarilyUnavailable,
    503,
    "SERVICE_UNAVAILABLE",
    "The service is not available at the moment; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  ),
  TooManyUploads: row(Tracks.TooManyUploads, 503, "TOO_MANY_UPLOADS", "Too many uploads at once; please try again", {
    headers: (e) => retryHeader(e.retryAfter)
  }),
  ScannerUnavailable: row(
    Tracks.ScannerUnavailable,
    503,
    "SCANNER_UNAVAILABLE",
    "Files cannot be scanned at the moment; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  ),
  UnderMaintenance: row(
    Platform.UnderMaintenance,
    503,
    "MAINTENANCE",
    "Veza is under maintenance; please come back soon",
    { headers: () => retryHeader(120) }
  ),
  DeadlineExceeded: row(DeadlineExceeded, 504, "TIMEOUT", "The request took too long")
} as const

export type ErrorTag = keyof typeof errorTable

export const isErrorTag = (tag: string): tag is ErrorTag => Object.hasOwn(errorTable, tag)

/** The row of an error that came up, or undefined for a defect. */
export const rowOf = (error: unknown): ErrorRow | undefined =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  typeof error._tag === "string" &&
  isErrorTag(error._tag)
    ? errorTable[error._tag]
    : undefined

/** The codecs of the errors that an endpoint declares. */
export const failures = <const Tags extends ReadonlyArray<ErrorTag>>(
  ...tags: Tags
): ReadonlyArray<(typeof errorTable)[Tags[number]]["codec"]> => tags.map((tag) => errorTable[tag].codec)
