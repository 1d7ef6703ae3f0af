import { Effect, Layer } from "effect"
import type { Fragment } from "effect/sql/Statement"
import type { UserId } from "@veza/domain/kernel"
import { TrackSuggestions } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { listedTracks, toTrack, trackColumns } from "./track-row.ts"

/** How far is looked: likes of the listener, people behind each, likes of each of them, genres, tracks of a genre. */
const reach = { likes: 50, people: 100, theirLikes: 50, genres: 5, ofGenre: 50 } as const

export const trackSuggestionsPostgres = Layer.effect(
  TrackSuggestions,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(trackColumns)
    const decoded = (rows: Effect.Effect<ReadonlyArray<unknown>>) =>
      Effect.flatMap(rows, (found) => Effect.orDie(Effect.forEach(found, toTrack)))
    const isNew = (listener: UserId): Fragment => sql`${sql.literal(listedTracks)} AND user_id <> ${listener}
      AND NOT EXISTS (SELECT 1 FROM track_likes l WHERE l.track_id = tracks.id AND l.user_id = ${listener})`
    const mine = (listener: UserId): Fragment =>
      sql`SELECT track_id FROM track_likes WHERE user_id = ${listener} ORDER BY created_at DESC LIMIT ${reach.likes}`

    return TrackSuggestions.of({
      likedAlike: (listener, limit) =>
        decoded(
          bounded(sql`
            WITH people AS (
              SELECT fans.user_id, count(*) AS shared FROM (${mine(listener)}) AS mine
              CROSS JOIN LATERAL (SELECT user_id FROM track_likes
                WHERE track_id = mine.track_id AND user_id <> ${listener} LIMIT ${reach.people}) AS fans
              GROUP BY fans.user_id ORDER BY shared DESC, fans.user_id LIMIT ${reach.people}),
            scores AS (
              SELECT theirs.track_id, sum(people.shared) AS score FROM people
              CROSS JOIN LATERAL (SELECT track_id FROM track_likes WHERE user_id = people.user_id
                ORDER BY created_at DESC LIMIT ${reach.theirLikes}) AS theirs
              GROUP BY theirs.track_id)
            SELECT ${columns} FROM scores JOIN tracks ON tracks.id = scores.track_id
            WHERE ${isNew(listener)} ORDER BY scores.score DESC, tracks.id LIMIT ${limit}`)
        ),
      ofGenresLiked: (listener, limit) =>
        decoded(
          bounded(sql`
            WITH genres AS (
              SELECT lower(genre) AS name, count(*) AS likes FROM tracks WHERE id IN (${mine(listener)}) AND genre IS NOT NULL
              GROUP BY lower(genre) ORDER BY likes DESC, name LIMIT ${reach.genres})
            SELECT newest.* FROM genres CROSS JOIN LATERAL (
              SELECT ${columns} FROM tracks WHERE lower(genre) = genres.name AND ${isNew(listener)}
              ORDER BY created_at DESC, id DESC LIMIT ${reach.ofGenre}) AS newest
            ORDER BY genres.likes DESC, genres.name, newest."createdAt" DESC, newest.id DESC LIMIT ${limit}`)
        ),
      popular: (listener, limit) =>
        decoded(
          bounded(sql`
            SELECT ${columns} FROM tracks WHERE ${isNew(listener)} ORDER BY like_count DESC, id DESC LIMIT ${limit}`)
        )
    })
  })
)
