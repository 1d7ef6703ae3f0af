import { DateTime, Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { trackMachine, UnscannedTracks } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { toTrack, trackColumns } from "./track-row.ts"
import { tracksTopic } from "./tracks.ts"

export const unscannedTracksPostgres = Layer.effect(
  UnscannedTracks,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const columns = sql.literal(trackColumns)
    const isHeard = sql.in("status", trackMachine.before("rejected"))
    const announced = (id: string) => (rows: ReadonlyArray<unknown>) =>
      rows.length > 0 ? Effect.as(changes.announce(tracksTopic, id), true) : Effect.succeed(false)
    return UnscannedTracks.of({
      list: (after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM tracks
              WHERE scan_status = 'skipped' AND ${isHeard} AND (${after ?? null}::uuid IS NULL OR id > ${after ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, toTrack)
          )
        ),
      markClean: (id, at) =>
        Effect.flatMap(
          bounded(sql`
            UPDATE tracks SET scan_status = 'clean', updated_at = ${DateTime.toDate(at)}
            WHERE id = ${id} AND scan_status = 'skipped' AND ${isHeard} RETURNING 1`),
          announced(id)
        ),
      reject: (id, message, at) =>
        Effect.flatMap(
          bounded(sql`
            WITH rejected AS (
              UPDATE tracks SET status = 'rejected', status_message = ${message}, updated_at = ${DateTime.toDate(at)}
              WHERE id = ${id} AND scan_status = 'skipped' AND ${isHeard} RETURNING storage_backend, storage_key, user_id)
            INSERT INTO removed_track_files (storage_backend, storage_key, user_id, removed_at)
            SELECT storage_backend, storage_key, user_id, ${DateTime.toDate(at)}::timestamptz FROM rejected
            ON CONFLICT (storage_backend, storage_key) DO UPDATE SET user_id = excluded.user_id RETURNING 1`),
          announced(id)
        )
    })
  })
)
