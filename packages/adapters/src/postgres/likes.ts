import { DateTime, Effect, Layer } from "effect"
import { Likes } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

interface Count {
  readonly count: number
}
const countOf = (rows: ReadonlyArray<Count>): number => rows[0]?.count ?? 0

/**
 * The row and the count move in one statement, so the count is exact however many click. A CTE's snapshot hides the
 * update from the final SELECT, hence the arithmetic.
 */
export const likesPostgres = Layer.effect(
  Likes,
  Effect.map(Database, ({ sql }) =>
    Likes.of({
      add: (track, user, at) =>
        Effect.map(
          bounded(sql<Count>`
            WITH added AS (
              INSERT INTO track_likes (track_id, user_id, created_at) VALUES (${track}, ${user}, ${DateTime.toDate(at)})
              ON CONFLICT DO NOTHING RETURNING 1),
            moved AS (
              UPDATE tracks SET like_count = like_count + 1 WHERE id = ${track} AND EXISTS (SELECT 1 FROM added)
              RETURNING like_count)
            SELECT coalesce((SELECT like_count FROM moved), (SELECT like_count FROM tracks WHERE id = ${track})) AS count`),
          countOf
        ),
      remove: (track, user) =>
        Effect.map(
          bounded(sql<Count>`
            WITH removed AS (
              DELETE FROM track_likes WHERE track_id = ${track} AND user_id = ${user} RETURNING 1),
            moved AS (
              UPDATE tracks SET like_count = like_count - 1 WHERE id = ${track} AND EXISTS (SELECT 1 FROM removed)
              RETURNING like_count)
            SELECT coalesce((SELECT like_count FROM moved), (SELECT like_count FROM tracks WHERE id = ${track})) AS count`),
          countOf
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
  )
)
