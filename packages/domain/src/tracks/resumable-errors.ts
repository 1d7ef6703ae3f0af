import { Schema } from "effect"
import { TrackId } from "./track.ts"

/** Unknown, or somebody else's. */
export class UploadNotFound extends Schema.TaggedError<UploadNotFound>()("UploadNotFound", {}) {}
/** Its time is up, or it was refused: only a new one can follow. */
export class UploadGone extends Schema.TaggedError<UploadGone>()("UploadGone", {}) {}
/** The part does not begin where the kept bytes end. */
export class UploadOffsetConflict extends Schema.TaggedError<UploadOffsetConflict>()("UploadOffsetConflict", {
  offset: Schema.Int
}) {}
/** Another request is at work on it. */
export class UploadLocked extends Schema.TaggedError<UploadLocked>()("UploadLocked", { retryAfter: Schema.Int }) {}
/** The part reaches beyond the length that was told at the beginning. */
export class UploadTooLong extends Schema.TaggedError<UploadTooLong>()("UploadTooLong", { length: Schema.Int }) {}
/** The part is not what its checksum says; nothing of it is kept. */
export class ChecksumMismatch extends Schema.TaggedError<ChecksumMismatch>()("ChecksumMismatch", {}) {}
export class TooManyOpenUploads extends Schema.TaggedError<TooManyOpenUploads>()("TooManyOpenUploads", {
  retryAfter: Schema.Int
}) {}
/**
 * The same as `DuplicateTrack` where parts are sent: there 409 is a conflict of offsets, after which clients go on or begin
 * again, for ever.
 */
export class DuplicateUpload extends Schema.TaggedError<DuplicateUpload>()("DuplicateUpload", { trackId: TrackId }) {}
