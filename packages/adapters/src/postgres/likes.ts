import { DateTime, Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { Likes, type TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

interface Count {
  readonly count: number
}
interface Moved extends Count {
  readonly moved: boolean
}
const topic = "track_counts"

/**
 * The row and the count move in one statement, so the count is exact however many click. A CTE's snapshot hides the
 * update from the final SELECT, hence the look at both. Who shows counts is told after the statement, not in one
 * transaction with it: the row that counts announcements would make every like of every track wait for the one before.
 */
export const likesPostgres = Layer.effect(
  Likes,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const announced = (track: TrackId) => (rows: ReadonlyArray<Moved>) =>
      Effect.as(rows[0]?.moved === true ? changes.announce(topic, track) : Effect.void, rows[0]?.count ?? 0)
    return Likes.of({
      add: (track, user, at) =>
        Effect.flatMap(
          bounded(sql<Moved>`
            WITH added AS (
              INSERT INTO track_likes (track_id, user_id, created_at) VALUES (${track}, ${user}, ${DateTime.toDate(at)})
              ON CONFLICT DO NOTHING RETURNING 1),
            moved AS (
              UPDATE tracks SET like_count = like_count + 1 WHERE id = ${track} AND EXISTS (SELECT 1 FROM added)
              RETURNING like_count)
            SELECT coalesce((SELECT like_count FROM moved), (SELECT like_count FROM tracks WHERE id = ${track})) AS count,
              EXISTS (SELECT 1 FROM moved) AS moved`),
          announced(track)
        ),
      remove: (track, user) =>
        Effect.flatMap(
          bounded(sql<Moved>`
            WITH removed AS (
              DELETE FROM track_likes WHERE track_id = ${track} AND user_id = ${user} RETURNING 1),
            moved AS (
              UPDATE tracks SET like_count = like_count - 1 WHERE id = ${track} AND EXISTS (SELECT 1 FROM removed)
              RETURNING like_count)
            SELECT coalesce((SELECT like_count FROM moved), (SELECT like_count FROM tracks WHERE id = ${track})) AS count,
              EXISTS (SELECT 1 FROM moved) AS moved`),
          announced(track)
        ),
      of: (track, user) =>
        Effect.map(
          bounded(sql<Count & { readonly liked: boolean }>`
            SELECT like_count AS count,
              EXISTS (SELECT 1 FROM track_likes WHERE track_id = ${track} AND user_id = ${user}) AS liked
            FROM tracks WHERE id = ${track}`),
          ([row]) => row ?? { count: 0, liked: false }
        )
    })
  })
)
