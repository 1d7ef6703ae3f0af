import { Effect, Layer, Option } from "effect"
import { Changes } from "@veza/domain/kernel"
import { Track, TrackCovers, type TrackId, TrackLoudness } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { get, put } from "./tables.ts"

type Said = Partial<Pick<Track, "cover" | "loudness">>

/** Says something more of a track. */
const tell = (tables: Tables, id: TrackId, said: Said): Tables => {
  const row = get(tables, "tracks", id)
  return row === undefined ? tables : put(tables, "tracks", id, { ...row, track: new Track({ ...row.track, ...said }) })
}

export const trackCoversMemory = Layer.effect(
  TrackCovers,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    /** Changes the cover of a track that `applies`; answers the track as it was. */
    const change = Effect.fnUntraced(function* (
      id: TrackId,
      cover: Track["cover"],
      applies: (track: Track) => boolean
    ) {
      const before = yield* store.change((tables): readonly [Track | undefined, Tables] => {
        const track = get(tables, "tracks", id)?.track
        return track === undefined || !applies(track) ? [undefined, tables] : [track, tell(tables, id, { cover })]
      })
      if (before !== undefined) yield* changes.announce("tracks", id)
      return Option.fromNullishOr(before)
    })
    const keyOf = ({ cover }: Track) => Option.fromNullishOr(cover?.storageKey)
    return TrackCovers.of({
      set: (id, cover) =>
        Effect.map(
          change(id, cover, () => true),
          Option.map((before) => ({ former: keyOf(before) }))
        ),
      setFirst: (id, cover) =>
        Effect.map(
          change(id, cover, (track) => track.cover === null),
          Option.isSome
        ),
      clear: (id) =>
        Effect.map(
          change(id, null, (track) => track.cover !== null),
          Option.flatMap(keyOf)
        )
    })
  })
)

export const trackLoudnessMemory = Layer.effect(
  TrackLoudness,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    return TrackLoudness.of({
      record: Effect.fnUntraced(function* (id, loudness) {
        const isThere = yield* store.change((tables) => [
          get(tables, "tracks", id) !== undefined,
          tell(tables, id, { loudness })
        ])
        if (isThere) yield* changes.announce("tracks", id)
        return isThere
      })
    })
  })
)
