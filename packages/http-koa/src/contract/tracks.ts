import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo, UserId } from "@veza/domain/kernel"
import { maxRecommendations, ScanStatus, ShareId, TrackId, TrackStatus } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery, wholeNumber } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"
import { audioResponses, uploadBody } from "./tracks-raw.ts"

export const TrackView = Schema.Struct({
  id: TrackId,
  user_id: UserId,
  title: Schema.String,
  artist: Schema.NullOr(Schema.String),
  album: Schema.NullOr(Schema.String),
  genre: Schema.NullOr(Schema.String),
  year: Schema.NullOr(Schema.Int),
  bpm: Schema.NullOr(Schema.Int),
  musical_key: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  lyrics: Schema.NullOr(Schema.String),
  description: Schema.NullOr(Schema.String),
  isrc: Schema.NullOr(Schema.String),
  is_public: Schema.Boolean,
  downloadable: Schema.Boolean,
  status: TrackStatus,
  status_message: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** Seen by the owner and administrators only. */
  scan_status: Schema.optionalKey(ScanStatus),
  content_type: Schema.String,
  size_bytes: Schema.Int,
  /** Seconds, to the millisecond. */
  duration: Schema.NullOr(Schema.Finite),
  codec: Schema.NullOr(Schema.String),
  bitrate: Schema.NullOr(Schema.Int),
  sample_rate: Schema.NullOr(Schema.Int),
  channels: Schema.NullOr(Schema.Int),
  lossless: Schema.NullOr(Schema.Boolean),
  has_waveform: Schema.Boolean,
  /** It can be played over HLS, while that is on. */
  hls_ready: Schema.Boolean,
  /** By ITU-R BS.1770-4 and EBU Tech 3342; null where it was not measured. */
  loudness: Schema.NullOr(
    Schema.Struct({ integrated_lufs: Schema.Finite, range_lu: Schema.Finite, true_peak_dbtp: Schema.Finite })
  ),
  has_cover: Schema.Boolean,
  /** A path of this API; it changes with the cover. */
  cover_url: Schema.NullOr(Schema.String),
  like_count: Schema.Int,
  play_count: Schema.Int,
  created_at: Schema.DateTimeUtcFromString,
  updated_at: Schema.DateTimeUtcFromString
}).annotate({ identifier: "Track" })
export type TrackView = typeof TrackView.Type

const byId = { id: TrackId }
const shareQuery = { share: Schema.optionalKey(textUpTo(256)) }
const Liked = Schema.Struct({ liked: Schema.Boolean, like_count: Schema.Int })
const Permission = Schema.Literals(["stream", "download"])

export const Tracks = HttpApiGroup.make("tracks")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...listQuery,
        user_id: Schema.optionalKey(UserId),
        genre: Schema.optionalKey(textUpTo(100)),
        artist: Schema.optionalKey(textUpTo(200)),
        key: Schema.optionalKey(textUpTo(10)),
        bpm_min: Schema.optionalKey(wholeNumber(1, 999)),
        bpm_max: Schema.optionalKey(wholeNumber(1, 999)),
        year_min: Schema.optionalKey(wholeNumber(1860, 2100)),
        year_max: Schema.optionalKey(wholeNumber(1860, 2100)),
        /** Separated by commas; a track has all of them. */
        tags: Schema.optionalKey(textUpTo(1000)),
        /** Words that begin words of title, artist or album. */
        q: Schema.optionalKey(textUpTo(200))
      },
      success: ok(listOf(TrackView)),
      error: failures("InvalidCursor", "PageTooDeep")
    })
      .annotate(RouteRules, publicRead({ auth: "O", cache: "revalidate", shared: { kind: "tracks" } }))
      .annotate(
        OpenApi.Summary,
        "Public tracks; sort by created_at, title, plays, likes or duration; filters together, each narrows"
      ),
    HttpApiEndpoint.post("upload", "/", {
      success: ok(TrackView, 201),
      error: failures(
        "Forbidden",
        "InvalidUploadForm",
        "UploadInterrupted",
        "FileTooLarge",
        "UnsupportedAudio",
        "InfectedFile",
        "DuplicateTrack",
        "TooManyUploads",
        "ScannerUnavailable",
        "StorageUnavailable"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(
        RouteRules,
        privateWrite({ auth: "C", idempotent: true, raw: { totalCap: "30 minutes" }, requestBody: uploadBody })
      )
      .annotate(OpenApi.Summary, "Upload a track: multipart form with the file and what you know about it"),
    HttpApiEndpoint.get("recommendations", "/recommendations", {
      query: { limit: Schema.optionalKey(wholeNumber(1, maxRecommendations)) },
      success: ok(listOf(TrackView))
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "What you may like next; what most people like where you opted out of being profiled"),
    HttpApiEndpoint.get("shared", "/shared/:token", {
      params: { token: textUpTo(256) },
      success: ok(Schema.Struct({ track: TrackView, permission: Permission })),
      error: failures("InvalidShareToken", "TrackBlocked")
    })
      .annotate(RouteRules, publicRead({ cache: "no-store" }))
      .annotate(OpenApi.Summary, "The track behind a share link"),
    HttpApiEndpoint.make("DELETE")("revokeShare", "/share/:id", {
      params: { id: ShareId },
      success: ok(Message),
      error: failures("ShareNotFound")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "End a share link"),
    HttpApiEndpoint.get("byId", "/:id", {
      params: byId,
      query: shareQuery,
      success: ok(TrackView),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked")
    })
      .annotate(RouteRules, publicRead({ auth: "O", cache: "revalidate", shared: { kind: "tracks", param: "id" } }))
      .annotate(OpenApi.Summary, "A track"),
    HttpApiEndpoint.get("stream", "/:id/stream", {
      params: byId,
      query: shareQuery,
      error: failures(
        "TrackNotFound",
        "TrackPrivate",
        "TrackBlocked",
        "TrackNotReady",
        "TrackFileMissing",
        "StorageUnavailable",
        "TemporarilyUnavailable"
      )
    })
      .annotate(
        RouteRules,
        publicRead({
          auth: "O",
          limit: "media",
          cache: "audio",
          raw: { totalCap: "6 hours" },
          responses: audioResponses
        })
      )
      .annotate(OpenApi.Summary, "The sound of a track, by ranges (RFC 9110), or where it is; HEAD answers alike"),
    HttpApiEndpoint.get("download", "/:id/download", {
      params: byId,
      query: shareQuery,
      error: failures(
        "TrackNotFound",
        "TrackPrivate",
        "TrackBlocked",
        "TrackNotReady",
        "DownloadNotAllowed",
        "TrackFileMissing",
        "StorageUnavailable"
      )
    })
      .annotate(
        RouteRules,
        publicRead({ auth: "O", cache: "no-store", raw: { totalCap: "6 hours" }, responses: audioResponses })
      )
      .annotate(OpenApi.Summary, "The file of a track to keep, where its owner lets you; by ranges, as the stream"),
    HttpApiEndpoint.get("waveform", "/:id/waveform", {
      params: byId,
      query: shareQuery,
      success: ok(Schema.Struct({ peaks: Schema.Array(Schema.Int), max: Schema.Literal(255) })),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "WaveformUnavailable")
    })
      .annotate(RouteRules, publicRead({ auth: "O", limit: "media", cache: "revalidate" }))
      .annotate(OpenApi.Summary, "Peaks of the waveform, 0 to 255"),
    HttpApiEndpoint.post("like", "/:id/like", {
      params: byId,
      success: ok(Liked),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "TrackNotReady")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Like a track; once is enough"),
    HttpApiEndpoint.make("DELETE")("unlike", "/:id/like", {
      params: byId,
      success: ok(Liked),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Take a like back"),
    HttpApiEndpoint.get("likes", "/:id/likes", {
      params: byId,
      success: ok(Liked),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "How many like a track, and whether you do"),
    HttpApiEndpoint.post("share", "/:id/share", {
      params: byId,
      payload: Schema.Struct({
        permission: Schema.optionalKey(Permission),
        /** Seconds, at most a year. */
        expires_in: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 60, maximum: 31_536_000 })))
      }),
      success: ok(
        Schema.Struct({
          id: ShareId,
          token: Schema.String,
          permission: Permission,
          expires_at: Schema.NullOr(Schema.DateTimeUtcFromString)
        }),
        201
      ),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "TrackNotReady", "Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Make a share link; the token is shown once")
  )
  .prefix("/api/v1/tracks")
  .annotate(OpenApi.Title, "Tracks")
