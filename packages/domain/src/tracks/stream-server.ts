import { Context, DateTime, Effect, Option, type Redacted, Schema } from "effect"
import { Outbox, Secrets, systemContext, textUpTo, Transaction } from "../kernel/index.ts"
import { TrackNotFound } from "./errors.ts"
import { trackStreamReported } from "./events.ts"
import { Tracks } from "./ports.ts"
import type { Track, TrackId } from "./track.ts"

/** No key is configured (STREAM_SERVER_INTERNAL_API_KEY), so the routes of the stream server are closed. */
export class InternalRoutesClosed extends Schema.TaggedError<InternalRoutesClosed>()("InternalRoutesClosed", {}) {}
export class InvalidInternalKey extends Schema.TaggedError<InvalidInternalKey>()("InvalidInternalKey", {}) {}

/** The key that the stream server shows; undefined closes its routes. */
export class StreamServerKey extends Context.Service<
  StreamServerKey,
  { readonly key: Redacted.Redacted<string> | undefined }
>()("@veza/domain/tracks/StreamServerKey") {}

const ManifestUrl = textUpTo(2000).check(
  Schema.isPattern(/^https?:\/\/[^\s\p{C}<>"\\^`{|}]+$/u, { expected: "an http or https address" })
)
/** Seconds; a week at most. */
const Seconds = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 604_800 }))

/** What the stream server says of a track: it can be streamed from there, or could not be prepared. */
export const StreamReport = Schema.Struct({
  status: Schema.Literals(["failed", "ready"]),
  /** Needed with `ready`. */
  manifest_url: Schema.optionalKey(ManifestUrl),
  duration: Schema.optionalKey(Seconds),
  error: Schema.optionalKey(textUpTo(1000))
}).check(
  Schema.makeFilter((report) =>
    report.status === "ready" && report.manifest_url === undefined
      ? [{ path: ["manifest_url"], issue: "is needed with the status ready" }]
      : []
  )
)
export type StreamReport = typeof StreamReport.Type

/** What the stream server last said of a track. */
export interface TrackStream {
  readonly status: StreamReport["status"]
  readonly manifestUrl: string | null
  readonly durationMs: number | null
  readonly error: string | null
}

export class TrackStreams extends Context.Service<
  TrackStreams,
  {
    /** The latest word counts. True when it was another than before; false too where there is no such track. */
    readonly report: (track: TrackId, stream: TrackStream, at: DateTime.Utc) => Effect.Effect<boolean>
    readonly of: (track: TrackId) => Effect.Effect<Option.Option<TrackStream>>
  }
>()("@veza/domain/tracks/TrackStreams") {}

const streamOf = ({ status, manifest_url, duration, error }: StreamReport): TrackStream =>
  status === "ready"
    ? {
        status,
        manifestUrl: manifest_url ?? null,
        durationMs: duration === undefined ? null : Math.round(duration * 1000),
        error: null
      }
    : { status, manifestUrl: null, durationMs: null, error: error ?? null }

const record = Effect.fnUntraced(function* (track: Track, stream: TrackStream) {
  if (!(yield* (yield* TrackStreams).report(track.id, stream, yield* DateTime.now))) return
  yield* (yield* Outbox).append([trackStreamReported(track, systemContext, { status: stream.status })])
})

/** Lets the stream server in by its key (20-tracks, "Stream server contract"). */
export const admitStreamServer = Effect.fnUntraced(function* (presented: Redacted.Redacted<string> | undefined) {
  const { key } = yield* StreamServerKey
  if (key === undefined) return yield* new InternalRoutesClosed()
  if (presented === undefined || !(yield* Secrets).same(presented, key)) return yield* new InvalidInternalKey()
})

/** Notes what the stream server says of a track; saying it again changes nothing. */
export const reportStream = Effect.fn("tracks.reportStream")(function* (
  presented: Redacted.Redacted<string> | undefined,
  id: TrackId,
  report: StreamReport
) {
  yield* admitStreamServer(presented)
  const track = Option.getOrUndefined(yield* (yield* Tracks).byId(id))
  if (track === undefined) return yield* new TrackNotFound()
  yield* (yield* Transaction).atomically(record(track, streamOf(report)))
  if (report.status === "failed") {
    yield* Effect.logWarning("the stream server could not prepare a track", {
      track_id: id,
      reason: report.error ?? ""
    })
  }
})
