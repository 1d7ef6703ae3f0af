import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Changes } from "@veza/domain/kernel"
import { type PlacedTrack, type StorageBackend, Track, type TrackPlace, TrackPlaces } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { tracksTopic } from "./tracks.ts"

const { id, userId, status, contentHash, storageBackend, storageKey } = Track.fields
const decodePlaced = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ id, userId, status, contentHash, storageBackend, storageKey }))
)
const decodePlaces = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ storageBackend, storageKey })))

export const trackPlacesPostgres = Layer.effect(
  TrackPlaces,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes

    /** Takes a note back, if nobody acts on it now. */
    const unnote = ({ storageBackend: backend, storageKey: key }: TrackPlace) =>
      bounded(sql`
        DELETE FROM removed_track_files WHERE storage_backend = ${backend} AND storage_key = ${key}
          AND (claimed_until IS NULL OR claimed_until < clock_timestamp())`)
    const isNoted = ({ storageBackend: backend, storageKey: key }: TrackPlace) =>
      Effect.map(
        bounded(sql`SELECT 1 FROM removed_track_files WHERE storage_backend = ${backend} AND storage_key = ${key}`),
        (rows) => rows.length > 0
      )
    const note = (backend: StorageBackend, { userId: owner, storageKey: key }: PlacedTrack, at: DateTime.Utc) =>
      bounded(sql`
        INSERT INTO removed_track_files (storage_backend, storage_key, user_id, removed_at)
        VALUES (${backend}, ${key}, ${owner}, ${DateTime.toDate(at)})
        ON CONFLICT (storage_backend, storage_key) DO UPDATE
          SET removed_at = excluded.removed_at, user_id = excluded.user_id, claimed_until = NULL`)

    /** Why a row did not move. Without a row the copy is left behind. */
    const whyNot = Effect.fnUntraced(function* (track: PlacedTrack, to: StorageBackend, at: DateTime.Utc) {
      const [row] = yield* bounded(sql<{ backend: StorageBackend }>`
        SELECT storage_backend AS backend FROM tracks WHERE id = ${track.id}`)
      if (row !== undefined) return row.backend === to ? "elsewhere" : "busy"
      yield* note(to, track, at)
      return "gone"
    })

    return TrackPlaces.of({
      totalIn: (backend) =>
        Effect.map(
          bounded(sql<{ tracks: number; bytes: number }>`
            SELECT count(*)::float8 AS tracks, coalesce(sum(size_bytes), 0)::float8 AS bytes FROM tracks
            WHERE storage_backend = ${backend}`),
          ([row]) => row ?? { tracks: 0, bytes: 0 }
        ),
      storedIn: (backend, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT id, user_id AS "userId", status, content_hash AS "contentHash",
                storage_backend AS "storageBackend", storage_key AS "storageKey" FROM tracks
              WHERE storage_backend = ${backend}
                AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            decodePlaced
          )
        ),
      reserve: (place) =>
        Effect.andThen(
          unnote(place),
          Effect.map(isNoted(place), (noted) => !noted)
        ),
      move: Effect.fnUntraced(function* (track, to, at) {
        const target: TrackPlace = { storageBackend: to, storageKey: track.storageKey }
        yield* unnote(target)
        const moved = yield* bounded(sql`
          UPDATE tracks SET storage_backend = ${to}
          WHERE id = ${track.id} AND storage_backend = ${track.storageBackend} AND storage_key = ${track.storageKey}
            AND NOT EXISTS (SELECT 1 FROM removed_track_files r
              WHERE r.storage_backend = ${to} AND r.storage_key = tracks.storage_key)
          RETURNING 1`)
        if (moved.length === 0) return yield* whyNot(track, to, at)
        yield* note(track.storageBackend, track, at)
        yield* changes.announce(tracksTopic, track.id)
        return "moved"
      }),
      noteUnreferred: (backend, keys, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO removed_track_files (storage_backend, storage_key, user_id, removed_at)
            SELECT ${backend}, k.key, split_part(k.key, '/', 2)::uuid, ${DateTime.toDate(at)}::timestamptz
            FROM jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) AS k (key)
            WHERE NOT EXISTS (
              SELECT 1 FROM tracks t WHERE t.storage_key = k.key AND t.storage_backend = ${backend})
            ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length
        ),
      claim: Effect.fnUntraced(function* ({ backend, before, at, until, limit }) {
        const oldest = DateTime.toDate(before)
        yield* bounded(sql`
          DELETE FROM removed_track_files r USING tracks t
          WHERE r.storage_backend = ${backend} AND r.removed_at < ${oldest}
            AND t.storage_key = r.storage_key AND t.storage_backend = r.storage_backend`)
        return yield* bounded(
          Effect.flatMap(
            sql`UPDATE removed_track_files r SET claimed_until = ${DateTime.toDate(until)}
              FROM (
                SELECT n.storage_key FROM removed_track_files n
                WHERE n.storage_backend = ${backend} AND n.removed_at < ${oldest}
                  AND (n.claimed_until IS NULL OR n.claimed_until < ${DateTime.toDate(at)})
                  AND NOT EXISTS (SELECT 1 FROM tracks t
                    WHERE t.storage_key = n.storage_key AND t.storage_backend = n.storage_backend)
                ORDER BY n.removed_at LIMIT ${limit} FOR UPDATE SKIP LOCKED) due
              WHERE r.storage_backend = ${backend} AND r.storage_key = due.storage_key
              RETURNING r.storage_backend AS "storageBackend", r.storage_key AS "storageKey"`,
            decodePlaces
          )
        )
      }),
      forget: ({ storageBackend: backend, storageKey: key }) =>
        bounded(sql`DELETE FROM removed_track_files WHERE storage_backend = ${backend} AND storage_key = ${key}`),
      seenUpTo: (backend) =>
        Effect.map(
          bounded(sql<{ key: string }>`
            SELECT storage_key AS key FROM storage_sweeps WHERE storage_backend = ${backend}`),
          ([row]) => Option.fromNullishOr(row?.key)
        ),
      setSeenUpTo: (backend, key) =>
        key === undefined
          ? bounded(sql`DELETE FROM storage_sweeps WHERE storage_backend = ${backend}`)
          : bounded(sql`
              INSERT INTO storage_sweeps (storage_backend, storage_key) VALUES (${backend}, ${key})
              ON CONFLICT (storage_backend) DO UPDATE SET storage_key = excluded.storage_key`)
    })
  })
)
