import { Schema } from "effect"
import { TrackId } from "./track.ts"

export class TrackNotFound extends Schema.TaggedError<TrackNotFound>()("TrackNotFound", {}) {}
/** A private track, to somebody who is neither owner nor admin nor holds a share token (the one exception to 404). */
export class TrackPrivate extends Schema.TaggedError<TrackPrivate>()("TrackPrivate", {}) {}
/** Its owner asks for the sound of a track that is not ready, or never will be. */
export class TrackNotReady extends Schema.TaggedError<TrackNotReady>()("TrackNotReady", {}) {}
/** The row is ready and its file is gone: an operator's matter, logged as an error. */
export class TrackFileMissing extends Schema.TaggedError<TrackFileMissing>()("TrackFileMissing", {
  trackId: TrackId
}) {}
/** Its owner lets everybody listen and nobody take it along. */
export class DownloadNotAllowed extends Schema.TaggedError<DownloadNotAllowed>()("DownloadNotAllowed", {}) {}
export class CoverUnavailable extends Schema.TaggedError<CoverUnavailable>()("CoverUnavailable", {}) {}
export class WaveformUnavailable extends Schema.TaggedError<WaveformUnavailable>()("WaveformUnavailable", {}) {}

/** Unknown, expired and revoked are one and the same. */
export class InvalidShareToken extends Schema.TaggedError<InvalidShareToken>()("InvalidShareToken", {}) {}
export class ShareNotFound extends Schema.TaggedError<ShareNotFound>()("ShareNotFound", {}) {}

export class FileTooLarge extends Schema.TaggedError<FileTooLarge>()("FileTooLarge", { maxBytes: Schema.Int }) {}
/** The content is no accepted audio, or is another format than the file's name says. */
export class UnsupportedAudio extends Schema.TaggedError<UnsupportedAudio>()("UnsupportedAudio", {
  reason: Schema.Literals(["not_audio", "extension_mismatch"])
}) {}
export class InfectedFile extends Schema.TaggedError<InfectedFile>()("InfectedFile", {}) {}
export class ScannerUnavailable extends Schema.TaggedError<ScannerUnavailable>()("ScannerUnavailable", {
  retryAfter: Schema.Int
}) {}
/** The store of files does not answer; nothing was done that would have to be undone. */
export class StorageUnavailable extends Schema.TaggedError<StorageUnavailable>()("StorageUnavailable", {
  /** Seconds after which trying again makes sense. */
  retryAfter: Schema.Int
}) {}
export class TooManyUploads extends Schema.TaggedError<TooManyUploads>()("TooManyUploads", {
  retryAfter: Schema.Int
}) {}
export class DuplicateTrack extends Schema.TaggedError<DuplicateTrack>()("DuplicateTrack", { trackId: TrackId }) {}
/** The client went away or stopped sending; nothing is kept. */
export class UploadInterrupted extends Schema.TaggedError<UploadInterrupted>()("UploadInterrupted", {}) {}
/** The multipart form lacks its file or title, holds two files, or a field is not as declared. */
export class InvalidUploadForm extends Schema.TaggedError<InvalidUploadForm>()("InvalidUploadForm", {
  faults: Schema.Array(Schema.Struct({ field: Schema.String, message: Schema.String }))
}) {}
