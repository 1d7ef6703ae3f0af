import { DateTime, Effect, Layer } from "effect"
import type { UserId } from "@veza/domain/kernel"
import { isListed, type Track, type TrackId, TrackSuggestions } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, keyOf } from "./tables.ts"

/** A comparison by several values, the greatest first. */
const byGreatest =
  (...values: ReadonlyArray<(track: Track) => number | string>) =>
  (a: Track, b: Track): number => {
    for (const value of values) {
      if (value(a) !== value(b)) return value(a) > value(b) ? -1 : 1
    }
    return 0
  }
const age = (track: Track): number => DateTime.toEpochMillis(track.createdAt)
const idOf = (track: Track): string => track.id

const newTo = (tables: Tables, listener: UserId): ReadonlyArray<Track> =>
  all(tables, "tracks")
    .map(({ track }) => track)
    .filter((track) => isListed(track) && track.userId !== listener)
    .filter(({ id }) => get(tables, "likes", keyOf(id, listener)) === undefined)

const likedBy = (tables: Tables, listener: UserId): ReadonlySet<TrackId> =>
  new Set(
    all(tables, "likes")
      .filter(({ userId }) => userId === listener)
      .map(({ trackId }) => trackId)
  )

const tally = <A>(values: ReadonlyArray<A>): ReadonlyMap<A, number> => {
  const counts = new Map<A, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** For each track how much those who like it have in common with the listener. */
const scores = (tables: Tables, listener: UserId): ReadonlyMap<TrackId, number> => {
  const mine = likedBy(tables, listener)
  const likes = all(tables, "likes").filter(({ userId }) => userId !== listener)
  const shared = tally(likes.filter(({ trackId }) => mine.has(trackId)).map(({ userId }) => userId))
  return tally(likes.flatMap(({ trackId, userId }) => Array.from({ length: shared.get(userId) ?? 0 }, () => trackId)))
}

const genresLiked = (tables: Tables, listener: UserId): ReadonlyMap<string, number> =>
  tally([...likedBy(tables, listener)].flatMap((id) => get(tables, "tracks", id)?.track.genre?.toLowerCase() ?? []))

export const trackSuggestionsMemory = Layer.effect(
  TrackSuggestions,
  Effect.map(Store, (store) =>
    TrackSuggestions.of({
      likedAlike: (listener, limit) =>
        store.read((tables) => {
          const score = scores(tables, listener)
          return newTo(tables, listener)
            .filter(({ id }) => score.has(id))
            .toSorted((a, b) => byGreatest(({ id }) => score.get(id) ?? 0)(a, b) || (a.id < b.id ? -1 : 1))
            .slice(0, limit)
        }),
      ofGenresLiked: (listener, limit) =>
        store.read((tables) => {
          const likes = genresLiked(tables, listener)
          const genreOf = (track: Track): string => track.genre?.toLowerCase() ?? ""
          return newTo(tables, listener)
            .filter((track) => likes.has(genreOf(track)))
            .toSorted(byGreatest((track) => likes.get(genreOf(track)) ?? 0, age, idOf))
            .slice(0, limit)
        }),
      popular: (listener, limit) =>
        store.read((tables) =>
          newTo(tables, listener)
            .toSorted(byGreatest(({ likeCount }) => likeCount, idOf))
            .slice(0, limit)
        )
    })
  )
)
