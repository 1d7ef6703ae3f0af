import { Schema } from "effect"
import * as Tracks from "@veza/domain/tracks"
import { row } from "../error-row.ts"
import { tusVersion } from "../tus.ts"
import { retryHeader } from "./parts.ts"

/** The request is not of the version of the tus protocol that is spoken here. */
export class UnsupportedTusVersion extends Schema.TaggedError<UnsupportedTusVersion>()("UnsupportedTusVersion", {}) {}

/** Resumable uploads (tus 1.0). */
export const uploadErrors = {
  UploadNotFound: row(Tracks.UploadNotFound, 404, "UPLOAD_NOT_FOUND", "Resource not found"),
  UploadOffsetConflict: row(
    Tracks.UploadOffsetConflict,
    409,
    "UPLOAD_OFFSET_CONFLICT",
    (e) => `The upload goes on at byte ${e.offset}`,
    { headers: (e) => ({ "Upload-Offset": String(e.offset) }), transient: true }
  ),
  UploadGone: row(Tracks.UploadGone, 410, "UPLOAD_GONE", "The upload has expired or was refused; begin a new one"),
  UnsupportedTusVersion: row(
    UnsupportedTusVersion,
    412,
    "UNSUPPORTED_TUS_VERSION",
    `The header Tus-Resumable must be ${tusVersion}`,
    { headers: () => ({ "Tus-Version": tusVersion }) }
  ),
  UploadTooLong: row(
    Tracks.UploadTooLong,
    413,
    "UPLOAD_TOO_LONG",
    (e) => `The upload was announced with ${e.length} bytes and has no more`
  ),
  DuplicateUpload: row(Tracks.DuplicateUpload, 422, "DUPLICATE_TRACK", "You have uploaded this file before"),
  UploadLocked: row(Tracks.UploadLocked, 423, "UPLOAD_LOCKED", "Another request is at work on this upload", {
    headers: (e) => retryHeader(e.retryAfter),
    transient: true
  }),
  TooManyOpenUploads: row(
    Tracks.TooManyOpenUploads,
    429,
    "TOO_MANY_OPEN_UPLOADS",
    `You have ${Tracks.maxOpenUploads} uploads under way; finish or end one of them first`,
    { headers: (e) => retryHeader(e.retryAfter) }
  ),
  ChecksumMismatch: row(
    Tracks.ChecksumMismatch,
    460,
    "CHECKSUM_MISMATCH",
    "The bytes are not those of the checksum; send them again",
    { transient: true }
  )
} as const
