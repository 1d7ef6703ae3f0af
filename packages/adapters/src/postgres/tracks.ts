import { DateTime, Effect, Layer, Option, Record, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { Changes, followedCache } from "@veza/domain/kernel"
import { type ChangedFields, HlsSet, Track, TrackId, trackMachine, Tracks, type TrackSound } from "@veza/domain/tracks"
import { bounded, Database, reading } from "./client.ts"
import { orUnavailable } from "./principals.ts"
import { makeListPublic } from "./track-list.ts"
import { coverColumns, CoverRow, toCover, toTrack, trackColumns } from "./track-row.ts"

/** Under which changes of tracks are announced. */
export const tracksTopic = "tracks"
/** Milliseconds for which a record is believed without news from the database (05-decisions, "Followed values"). */
const trustFor = 1000
const soundsKept = 20_000

const { id, userId, isPublic, status, format, contentHash, storageBackend, storageKey } = Track.fields
const decodeSoundRow = Schema.decodeUnknownEffect(
  Schema.Struct({
    id,
    userId,
    isPublic,
    status,
    blockedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
    format,
    contentHash,
    storageBackend,
    storageKey,
    hls: Schema.NullOr(HlsSet),
    ...CoverRow.fields
  })
)
const toSound = (row: unknown): Effect.Effect<TrackSound, Schema.SchemaError> =>
  Effect.map(decodeSoundRow(row), ({ coverKey, coverHash, coverChangedAt, ...sound }) => ({
    ...sound,
    cover: toCover({ coverKey, coverHash, coverChangedAt })
  }))

/** The columns of what an owner may change, tags left out: an array needs a detour. */
const changeable = {
  title: "title",
  artist: "artist",
  album: "album",
  genre: "genre",
  year: "year",
  bpm: "bpm",
  musicalKey: "musical_key",
  lyrics: "lyrics",
  description: "description",
  isrc: "isrc",
  isPublic: "is_public",
  downloadable: "downloadable"
} as const satisfies Readonly<Record<Exclude<keyof ChangedFields, "tags">, string>>

export const tracksPostgres = Layer.effect(
  Tracks,
  Effect.gen(function* () {
    const database = yield* Database
    const { sql } = database
    const listPublic = yield* makeListPublic
    const columnsOfCover = sql.literal(coverColumns)
    const changes = yield* Changes
    const sounds = yield* followedCache({
      topic: tracksTopic,
      capacity: soundsKept,
      trustFor,
      load: (id: string) =>
        orUnavailable(
          bounded(
            Effect.flatMap(
              database.read`
                  SELECT id, user_id AS "userId", is_public AS "isPublic", status, blocked_at AS "blockedAt", format,
                    content_hash AS "contentHash", storage_backend AS "storageBackend", storage_key AS "storageKey", hls,
                    ${columnsOfCover} FROM tracks WHERE id = ${id}`,
              ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(toSound(row), Option.some))
            )
          )
        )
    })
    /** Says so when a row really changed. */
    const announced = (id: string) => (rows: ReadonlyArray<unknown>) =>
      rows.length > 0 ? Effect.as(changes.announce(tracksTopic, id), true) : Effect.succeed(false)
    const columns = sql.literal(trackColumns)
    const tagsOf = (tags: ReadonlyArray<string>) =>
      sql`ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(tags)}::jsonb))`
    const idsOf = (ids: ReadonlyArray<TrackId>) =>
      sql`SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)`
    const assignments = (fields: ChangedFields, at: DateTime.Utc): ReadonlyArray<Fragment> => [
      sql`updated_at = ${DateTime.toDate(at)}`,
      ...(fields.tags === undefined ? [] : [sql`tags = ${tagsOf(fields.tags)}`]),
      ...Record.keys(changeable).flatMap((key) => {
        const value = fields[key]
        return value === undefined ? [] : [sql`${sql(changeable[key])} = ${value}`]
      })
    ]
    return Tracks.of({
      listPublic,
      // Changes are announced under the id as the database writes it.
      soundOf: (id) => sounds.get(id.toLowerCase()),
      peekSound: (id) => sounds.peek(id.toLowerCase()),
      byId: (id) =>
        bounded(
          reading(database).pipe(
            Effect.flatMap((client) => client`SELECT ${columns} FROM tracks WHERE id = ${id}`),
            Effect.flatMap(([row]) => (row === undefined ? Effect.succeedNone : Effect.map(toTrack(row), Option.some)))
          )
        ),
      byIds: (ids) =>
        bounded(
          Effect.flatMap(sql`SELECT ${columns} FROM tracks WHERE id IN (${idsOf(ids)})`, (rows) =>
            Effect.forEach(rows, toTrack)
          )
        ),
      change: (id, fields, at) =>
        Effect.flatMap(
          bounded(sql`UPDATE tracks SET ${sql.csv(assignments(fields, at))} WHERE id = ${id} RETURNING 1`),
          announced(id)
        ),
      remove: Effect.fnUntraced(function* (ids, at) {
        const removed = yield* bounded(sql<{ id: string }>`
            WITH removed AS (
              DELETE FROM tracks WHERE id IN (${idsOf(ids)}) RETURNING id, storage_backend, storage_key, user_id),
            noted AS (
              INSERT INTO removed_track_files (storage_backend, storage_key, user_id, removed_at)
              SELECT storage_backend, storage_key, user_id, ${DateTime.toDate(at)}::timestamptz FROM removed
              ON CONFLICT (storage_backend, storage_key) DO UPDATE SET user_id = excluded.user_id)
            SELECT id FROM removed`)
        yield* Effect.forEach(removed, ({ id }) => changes.announce(tracksTopic, id), { discard: true })
        return removed.map(({ id }) => TrackId.make(id))
      }),
      add: (track) =>
        bounded(sql`
            INSERT INTO tracks (id, user_id, title, artist, album, genre, year, bpm, musical_key, tags, lyrics,
              description, isrc, is_public, downloadable, status, scan_status, format, size_bytes, content_hash,
              storage_backend, storage_key, created_at, updated_at)
            VALUES (${track.id}, ${track.userId}, ${track.title}, ${track.artist}, ${track.album}, ${track.genre},
              ${track.year}, ${track.bpm}, ${track.musicalKey},
              ${tagsOf(track.tags)}, ${track.lyrics},
              ${track.description}, ${track.isrc}, ${track.isPublic}, ${track.downloadable}, ${track.status},
              ${track.scanStatus}, ${track.format}, ${track.sizeBytes}, ${track.contentHash}, ${track.storageBackend},
              ${track.storageKey}, ${DateTime.toDate(track.createdAt)}, ${DateTime.toDate(track.updatedAt)})`),
      ofOwnerWithContent: (owner, contentHash) =>
        Effect.map(
          bounded(sql<{ id: string }>`
              SELECT id FROM tracks WHERE user_id = ${owner} AND content_hash = ${contentHash}
                AND status IN ('processing', 'ready') ORDER BY created_at LIMIT 1`),
          ([row]) => (row === undefined ? Option.none() : Option.some(TrackId.make(row.id)))
        ),
      markReady: (id, { facts, tags, peaks }, at) =>
        Effect.flatMap(
          bounded(sql`
              UPDATE tracks SET status = 'ready', duration_ms = ${facts.durationMs}, codec = ${facts.codec},
                bitrate = ${facts.bitrate}, sample_rate = ${facts.sampleRate}, channels = ${facts.channels},
                lossless = ${facts.lossless}, waveform = ${peaks === undefined ? null : Uint8Array.from(peaks)},
                artist = coalesce(artist, ${tags.artist ?? null}), album = coalesce(album, ${tags.album ?? null}),
                genre = coalesce(genre, ${tags.genre ?? null}), year = coalesce(year, ${tags.year ?? null}),
                bpm = coalesce(bpm, ${tags.bpm ?? null}),
                musical_key = coalesce(musical_key, ${tags.musicalKey ?? null}),
                isrc = coalesce(isrc, ${tags.isrc ?? null}), updated_at = ${DateTime.toDate(at)}
              WHERE id = ${id} AND ${sql.in("status", trackMachine.before("ready"))} RETURNING 1`),
          announced(id)
        ),
      moveTo: (id, to, message, at) =>
        Effect.flatMap(
          bounded(sql`
              UPDATE tracks SET status = ${to}, status_message = ${message}, updated_at = ${DateTime.toDate(at)}
              WHERE id = ${id} AND ${sql.in("status", trackMachine.before(to))} RETURNING 1`),
          announced(id)
        ),
      waveformOf: (id) =>
        Effect.map(
          bounded(sql<{ waveform: Uint8Array | null }>`SELECT waveform FROM tracks WHERE id = ${id}`),
          ([row]) => Option.map(Option.fromNullishOr(row?.waveform), (bytes) => Array.from(bytes))
        ),
      stuckSince: (since, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM tracks WHERE status = 'processing' AND created_at < ${DateTime.toDate(since)}
                  AND (${after?.id ?? null}::uuid IS NULL OR (created_at, id) >
                    (${after === undefined ? null : DateTime.toDate(after.createdAt)}::timestamptz, ${after?.id ?? null}::uuid))
                ORDER BY created_at, id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, toTrack)
          )
        )
    })
  })
)
