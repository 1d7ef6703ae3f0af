import { DateTime, Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { Likes, type TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

interface Count {
  readonly count: number
}
/** Under which changes of the counts that tracks show are announced. */
export const countsTopic = "track_counts"

/**
 * The row and the count move in one statement, so the count is exact however many click. Where nothing moved the count
 * is read afterwards: a statement that waited for somebody else's same click does not see what that one did. Who shows
 * counts is told after the statement, not in one transaction with it: the row that counts announcements would make
 * every like of every track wait for the one before.
 */
export const likesPostgres = Layer.effect(
  Likes,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const countOf = (track: TrackId) =>
      Effect.map(
        bounded(sql<Count>`SELECT like_count AS count FROM tracks WHERE id = ${track}`),
        ([row]) => row?.count ?? 0
      )
    const countAfter = (track: TrackId) => (moved: ReadonlyArray<Count>) =>
      moved[0] === undefined ? countOf(track) : Effect.as(changes.announce(countsTopic, track), moved[0].count)
    return Likes.of({
      add: (track, user, at) =>
        Effect.flatMap(
          bounded(sql<Count>`
            WITH added AS (
              INSERT INTO track_likes (track_id, user_id, created_at) VALUES (${track}, ${user}, ${DateTime.toDate(at)})
              ON CONFLICT DO NOTHING RETURNING 1)
            UPDATE tracks SET like_count = like_count + 1 WHERE id = ${track} AND EXISTS (SELECT 1 FROM added)
            RETURNING like_count AS count`),
          countAfter(track)
        ),
      remove: (track, user) =>
        Effect.flatMap(
          bounded(sql<Count>`
            WITH removed AS (
              DELETE FROM track_likes WHERE track_id = ${track} AND user_id = ${user} RETURNING 1)
            UPDATE tracks SET like_count = like_count - 1 WHERE id = ${track} AND EXISTS (SELECT 1 FROM removed)
            RETURNING like_count AS count`),
          countAfter(track)
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
