import { Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { Likes, Track, type TrackId } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { drop, get, keyOf, put } from "./tables.ts"

const countOf = (tables: Tables, id: TrackId): number => get(tables, "tracks", id)?.track.likeCount ?? 0

const moveCount = (tables: Tables, id: TrackId, by: number): Tables => {
  const row = get(tables, "tracks", id)
  if (row === undefined) throw new Error("A track that does not exist cannot be liked.")
  const track = new Track({ ...row.track, likeCount: row.track.likeCount + by })
  return put(tables, "tracks", id, { ...row, track })
}

export const likesMemory = Layer.effect(
  Likes,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    const announced = (trackId: TrackId) => (count: number) =>
      Effect.as(changes.announce("track_counts", trackId), count)
    return Likes.of({
      add: (trackId, userId, at) =>
        Effect.flatMap(
          store.change((tables) => {
            const key = keyOf(trackId, userId)
            if (get(tables, "likes", key) !== undefined) return [countOf(tables, trackId), tables]
            const moved = moveCount(put(tables, "likes", key, { trackId, userId, at }), trackId, 1)
            return [countOf(moved, trackId), moved]
          }),
          announced(trackId)
        ),
      remove: (trackId, userId) =>
        Effect.flatMap(
          store.change((tables) => {
            const key = keyOf(trackId, userId)
            if (get(tables, "likes", key) === undefined) return [countOf(tables, trackId), tables]
            const moved = moveCount(drop(tables, "likes", key), trackId, -1)
            return [countOf(moved, trackId), moved]
          }),
          announced(trackId)
        ),
      of: (trackId, userId) =>
        store.read((tables) => ({
          count: countOf(tables, trackId),
          liked: get(tables, "likes", keyOf(trackId, userId)) !== undefined
        }))
    })
  })
)
