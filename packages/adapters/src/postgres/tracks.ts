import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Changes, followedCache } from "@veza/domain/kernel"
import { Track, TrackId, trackMachine, Tracks } from "@veza/domain/tracks"
import { bounded, Database, reading } from "./client.ts"
import { orUnavailable } from "./principals.ts"
import { makeListPublic } from "./track-list.ts"
import { toTrack, trackColumns } from "./track-row.ts"

/** Under which changes of tracks are announced. */
export const tracksTopic = "tracks"
/** Milliseconds for which a record is believed without news from the database (05-decisions, "Followed values"). */
const trustFor = 1000
const soundsKept = 20_000

const { id, userId, isPublic, status, format, contentHash, storageKey } = Track.fields
const decodeSound = Schema.decodeUnknownEffect(
  Schema.Struct({ id, userId, isPublic, status, format, contentHash, storageKey })
)

/** `backend` is where new files of this installation are stored; each row remembers its own. */
export const tracksPostgres = (backend: "local") =>
  Layer.effect(
    Tracks,
    Effect.gen(function* () {
      const database = yield* Database
      const { sql } = database
      const listPublic = yield* makeListPublic
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
                  SELECT id, user_id AS "userId", is_public AS "isPublic", status, format, content_hash AS "contentHash",
                    storage_key AS "storageKey" FROM tracks WHERE id = ${id}`,
                ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(decodeSound(row), Option.some))
              )
            )
          )
      })
      /** Says so when a row really changed. */
      const announced = (id: string) => (rows: ReadonlyArray<unknown>) =>
        rows.length > 0 ? Effect.as(changes.announce(tracksTopic, id), true) : Effect.succeed(false)
      const columns = sql.literal(trackColumns)
      return Tracks.of({
        listPublic,
        soundOf: sounds.get,
        peekSound: sounds.peek,
        byId: (id) =>
          bounded(
            reading(database).pipe(
              Effect.flatMap((client) => client`SELECT ${columns} FROM tracks WHERE id = ${id}`),
              Effect.flatMap(([row]) =>
                row === undefined ? Effect.succeedNone : Effect.map(toTrack(row), Option.some)
              )
            )
          ),
        add: (track) =>
          bounded(sql`
            INSERT INTO tracks (id, user_id, title, artist, album, genre, year, bpm, musical_key, tags, lyrics,
              description, isrc, is_public, downloadable, status, scan_status, format, size_bytes, content_hash,
              storage_backend, storage_key, created_at, updated_at)
            VALUES (${track.id}, ${track.userId}, ${track.title}, ${track.artist}, ${track.album}, ${track.genre},
              ${track.year}, ${track.bpm}, ${track.musicalKey},
              ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(track.tags)}::jsonb)), ${track.lyrics},
              ${track.description}, ${track.isrc}, ${track.isPublic}, ${track.downloadable}, ${track.status},
              ${track.scanStatus}, ${track.format}, ${track.sizeBytes}, ${track.contentHash}, ${backend},
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
        stuckSince: (since, limit) =>
          bounded(
            Effect.flatMap(
              sql`SELECT ${columns} FROM tracks WHERE status = 'processing' AND created_at < ${DateTime.toDate(since)}
                ORDER BY created_at LIMIT ${limit}`,
              (rows) => Effect.forEach(rows, toTrack)
            )
          )
      })
    })
  )
