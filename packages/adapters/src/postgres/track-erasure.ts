import { DateTime, Duration, Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { removalClaim, TrackErasure, type TrackPlace, uploadMachine } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { countsTopic } from "./likes.ts"
import { sharesTopic } from "./shares.ts"
import { tracksTopic } from "./tracks.ts"

export const trackErasurePostgres = Layer.effect(
  TrackErasure,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const claim = sql.literal(`interval '${Duration.toSeconds(removalClaim)} seconds'`)
    return TrackErasure.of({
      refuseUploads: (owner) =>
        bounded(sql`
          UPDATE uploads SET state = 'refused', expires_at = least(expires_at, now())
          WHERE user_id = ${owner} AND ${sql.in("state", uploadMachine.before("refused"))}`),
      removeTracks: Effect.fnUntraced(function* (owner, keepPublic, at) {
        const removed = yield* bounded(sql`
          WITH removed AS (
            DELETE FROM tracks WHERE user_id = ${owner}
              AND NOT (${keepPublic} AND is_public AND blocked_at IS NULL AND status IN ('processing', 'ready'))
            RETURNING storage_backend, storage_key)
          INSERT INTO removed_track_files (storage_backend, storage_key, user_id, removed_at)
          SELECT storage_backend, storage_key, ${owner}::uuid, ${DateTime.toDate(at)}::timestamptz FROM removed
          ON CONFLICT (storage_backend, storage_key) DO UPDATE SET user_id = excluded.user_id
          RETURNING 1`)
        if (removed.length > 0) yield* changes.announce(tracksTopic, undefined)
        return removed.length
      }),
      revokeShares: Effect.fnUntraced(function* (owner, at) {
        const revoked = yield* bounded(sql`
          UPDATE track_shares SET revoked_at = ${DateTime.toDate(at)}
          WHERE created_by = ${owner} AND revoked_at IS NULL RETURNING 1`)
        if (revoked.length > 0) yield* changes.announce(sharesTopic, undefined)
      }),
      removedFiles: (owner, limit) =>
        bounded(sql<TrackPlace>`
          UPDATE removed_track_files r SET claimed_until = clock_timestamp() + ${claim}
          FROM (
            SELECT n.storage_backend, n.storage_key FROM removed_track_files n
            WHERE n.user_id = ${owner} AND NOT EXISTS (SELECT 1 FROM tracks t
              WHERE t.storage_key = n.storage_key AND t.storage_backend = n.storage_backend)
            LIMIT ${limit} FOR UPDATE) due
          WHERE r.storage_backend = due.storage_backend AND r.storage_key = due.storage_key
          RETURNING r.storage_backend AS "storageBackend", r.storage_key AS "storageKey"`),
      forgetFile: ({ storageBackend, storageKey }) =>
        bounded(sql`
          DELETE FROM removed_track_files
          WHERE storage_backend = ${storageBackend} AND storage_key = ${storageKey}`),
      forgetTraces: Effect.fnUntraced(function* (owner) {
        const unliked = yield* inBatches(
          Effect.map(
            bounded(sql`
              WITH removed AS (
                DELETE FROM track_likes WHERE user_id = ${owner} AND track_id IN (
                  SELECT track_id FROM track_likes WHERE user_id = ${owner} ORDER BY track_id LIMIT ${batchSize})
                RETURNING track_id),
              counted AS (
                UPDATE tracks SET like_count = like_count - 1 WHERE id IN (SELECT track_id FROM removed))
              SELECT 1 FROM removed`),
            (rows) => rows.length
          )
        )
        if (unliked > 0) yield* changes.announce(countsTopic, undefined)
        yield* bounded(sql`DELETE FROM track_shares WHERE created_by = ${owner}`)
      })
    })
  })
)
