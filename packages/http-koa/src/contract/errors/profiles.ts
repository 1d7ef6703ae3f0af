import * as Accounts from "@veza/domain/accounts"
import { row } from "../error-row.ts"
import { megabytes, retryHeader } from "./parts.ts"

/** Profiles and their images, the terms, exports and deletion. */
export const profileErrors = {
  ExportNotFound: row(Accounts.ExportNotFound, 404, "EXPORT_NOT_FOUND", "Resource not found"),
  ImageNotFound: row(Accounts.ImageNotFound, 404, "IMAGE_NOT_FOUND", "Resource not found"),
  UsernameTaken: row(Accounts.UsernameTaken, 409, "USERNAME_TAKEN", "This username is taken", {
    details: () => [{ field: "username", message: "is taken" }]
  }),
  UsernameChangedRecently: row(
    Accounts.UsernameChangedRecently,
    409,
    "USERNAME_CHANGED_RECENTLY",
    "A username can be changed once in 30 days",
    { details: () => [{ field: "username", message: "was changed in the last 30 days" }] }
  ),
  StaleTermsVersion: row(
    Accounts.StaleTermsVersion,
    409,
    "STALE_TERMS_VERSION",
    "This is not the version in force; please read the current one"
  ),
  ExportNotReady: row(Accounts.ExportNotReady, 409, "EXPORT_NOT_READY", (e) =>
    e.status === "pending" ? "The export is still being made" : "The export could not be made; ask for another one"
  ),
  ExportExpired: row(Accounts.ExportExpired, 410, "EXPORT_EXPIRED", "The export has ended; ask for another one"),
  DeletionBlocked: row(
    Accounts.DeletionBlocked,
    409,
    "DELETION_BLOCKED",
    (e) => `The account cannot be deleted yet: ${e.blockers.map(({ message }) => message).join(" ")}`
  ),
  ImageFileTooLarge: row(
    Accounts.ImageFileTooLarge,
    413,
    "FILE_TOO_LARGE",
    (e) => `The image may have at most ${megabytes(e.maxBytes)}`,
    { details: () => [{ field: "file", message: "is too large" }] }
  ),
  UnsupportedImage: row(
    Accounts.UnsupportedImage,
    415,
    "UNSUPPORTED_IMAGE",
    "The file is not an image in an accepted format (JPEG, PNG, WebP, AVIF, GIF)",
    { details: () => [{ field: "file", message: "must be an image that can be decoded" }] }
  ),
  ImageTooLarge: row(
    Accounts.ImageTooLarge,
    422,
    "IMAGE_TOO_LARGE",
    (e) => `The image may have at most ${e.maxPixels / 1_000_000} megapixels`,
    { details: () => [{ field: "file", message: "has too many pixels" }] }
  ),
  TooManyExports: row(
    Accounts.TooManyExports,
    429,
    "TOO_MANY_EXPORTS",
    "You have asked for three exports within a day; please come back later",
    { headers: (e) => retryHeader(e.retryAfter) }
  )
} as const
