import { Effect, Schema } from "effect"
import { Track } from "@veza/domain/tracks"

const TrackRow = Schema.Struct({
  ...Track.fields,
  blockedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(TrackRow)

/** The columns of a track under the names the domain gives them. The waveform stays where it is until it is asked for. */
export const trackColumns = `id, user_id AS "userId", title, artist, album, genre, year, bpm,
  musical_key AS "musicalKey", tags, lyrics, description, isrc, is_public AS "isPublic", downloadable, status,
  status_message AS "statusMessage", scan_status AS "scanStatus", format, size_bytes::float8 AS "sizeBytes",
  content_hash AS "contentHash", storage_backend AS "storageBackend",
  storage_key AS "storageKey", duration_ms AS "durationMs", codec, bitrate,
  sample_rate AS "sampleRate", channels, lossless, waveform IS NOT NULL AS "hasWaveform",
  blocked_at AS "blockedAt",
  hls IS NOT NULL AS "hlsReady",
  like_count AS "likeCount", play_count AS "playCount", created_at AS "createdAt", updated_at AS "updatedAt"`

/** The tracks that are for everybody to find: the domain's `isListed`. */
export const listedTracks = "status = 'ready' AND is_public AND blocked_at IS NULL"

/** Decoding has checked every field already, so the class need not. */
export const toTrack = (row: unknown): Effect.Effect<Track, Schema.SchemaError> =>
  Effect.map(decode(row), (fields) => new Track(fields, { disableChecks: true }))
