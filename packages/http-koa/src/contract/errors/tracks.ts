import * as Tracks from "@veza/domain/tracks"
import { row } from "../error-row.ts"
import { megabytes, retryHeader } from "./parts.ts"

/** Tracks, their files and shares. */
export const trackErrors = {
  InvalidUploadForm: row(Tracks.InvalidUploadForm, 400, "VALIDATION_FAILED", "The upload is not valid", {
    details: (e) => e.faults,
    fromWire: (_meta, details) => new Tracks.InvalidUploadForm({ faults: details })
  }),
  UploadInterrupted: row(Tracks.UploadInterrupted, 400, "UPLOAD_INTERRUPTED", "The upload ended before the file did", {
    transient: true
  }),
  InvalidInternalKey: row(Tracks.InvalidInternalKey, 401, "INVALID_INTERNAL_KEY", "Invalid internal API key"),
  InternalRoutesClosed: row(
    Tracks.InternalRoutesClosed,
    503,
    "INTERNAL_ROUTES_CLOSED",
    "This installation has no key for internal routes"
  ),
  TrackPrivate: row(Tracks.TrackPrivate, 403, "TRACK_PRIVATE", "You do not have permission to access this resource"),
  DownloadNotAllowed: row(
    Tracks.DownloadNotAllowed,
    403,
    "DOWNLOAD_NOT_ALLOWED",
    "This track can be listened to, but not downloaded"
  ),
  InvalidShareToken: row(Tracks.InvalidShareToken, 403, "INVALID_SHARE_TOKEN", "invalid or expired share token"),
  TrackNotFound: row(Tracks.TrackNotFound, 404, "TRACK_NOT_FOUND", "Resource not found"),
  ShareNotFound: row(Tracks.ShareNotFound, 404, "SHARE_NOT_FOUND", "Resource not found"),
  TrackFileMissing: row(Tracks.TrackFileMissing, 404, "TRACK_FILE_MISSING", "The track's file is missing"),
  WaveformUnavailable: row(Tracks.WaveformUnavailable, 404, "WAVEFORM_UNAVAILABLE", "This track has no waveform"),
  CoverUnavailable: row(Tracks.CoverUnavailable, 404, "COVER_UNAVAILABLE", "This track has no cover"),
  DuplicateTrack: row(Tracks.DuplicateTrack, 409, "DUPLICATE_TRACK", "You have uploaded this file before"),
  TrackNotReady: row(Tracks.TrackNotReady, 409, "TRACK_NOT_READY", "The track is not ready to be played", {
    transient: true
  }),
  FileTooLarge: row(
    Tracks.FileTooLarge,
    413,
    "FILE_TOO_LARGE",
    (e) => `The file may have at most ${megabytes(e.maxBytes)}`,
    {
      details: () => [{ field: "file", message: "is too large" }]
    }
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
  TooManyUploads: row(Tracks.TooManyUploads, 503, "TOO_MANY_UPLOADS", "Too many uploads at once; please try again", {
    headers: (e) => retryHeader(e.retryAfter)
  }),
  ScannerUnavailable: row(
    Tracks.ScannerUnavailable,
    503,
    "SCANNER_UNAVAILABLE",
    "Files cannot be scanned at the moment; please try again",
    { headers: (e) => retryHeader(e.retryAfter) }
  )
} as const
