import { Effect, Schema, Struct } from "effect"
import { Track } from "@veza/domain/tracks"

/** A cover as it stands in a row, all of it or nothing. */
export const CoverRow = Schema.Struct({
  coverKey: Schema.NullOr(Schema.String),
  coverHash: Schema.NullOr(Schema.String),
  coverChangedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export const coverColumns = `cover_key AS "coverKey", cover_hash AS "coverHash", cover_changed_at AS "coverChangedAt"`
export const toCover = ({ coverKey, coverHash, coverChangedAt }: typeof CoverRow.Type): Track["cover"] =>
  coverKey === null || coverHash === null || coverChangedAt === null
    ? null
    : { storageKey: coverKey, contentHash: coverHash, changedAt: coverChangedAt }

const TrackRow = Schema.Struct({
  ...Struct.omit(Track.fields, ["cover", "loudness"]),
  ...CoverRow.fields,
  integrated: Schema.NullOr(Schema.Finite),
  range: Schema.NullOr(Schema.Finite),
  truePeak: Schema.NullOr(Schema.Finite),
  blockedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(TrackRow)

/** The columns of a track under the names the domain gives them. The waveform stays where it is until it is asked for. */
export const trackColumns = `id, user_id AS "userId", title, artist, album, genre, year, bpm,
  musical_key AS "musicalKey", tags, lyrics, description, isrc, is_public AS "isPublic", downloadable, status,
  status_message AS "statusMessage", scan_status AS "scanStatus", format, size_bytes::float8 AS "sizeBytes",
  content_hash AS "contentHash", storage_backend AS "storageBackend", storage_key AS "storageKey",
  duration_ms AS "durationMs", codec, bitrate, sample_rate AS "sampleRate", channels, lossless,
  waveform IS NOT NULL AS "hasWaveform", ${coverColumns}, integrated_lufs AS integrated, range_lu AS range,
  true_peak_dbtp AS "truePeak", blocked_at AS "blockedAt", hls IS NOT NULL AS "hlsReady",
  like_count AS "likeCount", play_count AS "playCount", created_at AS "createdAt", updated_at AS "updatedAt"`

/** The tracks that are for everybody to find: the domain's `isListed`. */
export const listedTracks = "status = 'ready' AND is_public AND blocked_at IS NULL"

type Row = typeof TrackRow.Type

const toLoudness = ({ integrated, range, truePeak }: Pick<Row, "integrated" | "range" | "truePeak">) =>
  integrated === null || range === null || truePeak === null ? null : { integrated, range, truePeak }

const fieldsOf = ({ coverKey, coverHash, coverChangedAt, integrated, range, truePeak, ...plain }: Row) => ({
  ...plain,
  cover: toCover({ coverKey, coverHash, coverChangedAt }),
  loudness: toLoudness({ integrated, range, truePeak })
})

/** Decoding has checked every field already, so the class need not. */
export const toTrack = (row: unknown): Effect.Effect<Track, Schema.SchemaError> =>
  Effect.map(decode(row), (fields) => new Track(fieldsOf(fields), { disableChecks: true }))
