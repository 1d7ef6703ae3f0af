import { Effect, Equal, Layer, Option } from "effect"
import { TrackStreams } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { get, put } from "./tables.ts"

export const trackStreamsMemory = Layer.effect(
  TrackStreams,
  Effect.map(Store, (store) =>
    TrackStreams.of({
      report: (track, stream) =>
        store.change((tables): readonly [boolean, Tables] =>
          get(tables, "tracks", track) === undefined || Equal.equals(get(tables, "trackStreams", track), stream)
            ? [false, tables]
            : [true, put(tables, "trackStreams", track, stream)]
        ),
      of: (track) => store.read((tables) => Option.fromNullishOr(get(tables, "trackStreams", track)))
    })
  )
)
