import { DateTime, Effect, Layer } from "effect"
import { TrackChanges } from "@veza/domain/tracks"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

export const trackChangesMemory = Layer.effect(
  TrackChanges,
  Effect.map(Store, (store) =>
    TrackChanges.of({
      add: (change) =>
        store.change((tables) => [
          undefined,
          get(tables, "tracks", change.trackId) === undefined || get(tables, "trackChanges", change.id) !== undefined
            ? tables
            : put(tables, "trackChanges", change.id, change)
        ]),
      list: (track, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "trackChanges").filter(({ trackId }) => trackId === track),
            ({ id, at }) => ({ value: DateTime.formatIso(at), id }),
            plan
          )
        ),
      of: (owner, after, limit) =>
        store.read((tables) =>
          pageOf(
            all(tables, "trackChanges").filter(({ trackId }) => get(tables, "tracks", trackId)?.track.userId === owner),
            ({ id, at, trackId }) => `${trackId} ${DateTime.formatIso(at)} ${id}`,
            after,
            limit
          )
        )
    })
  )
)
