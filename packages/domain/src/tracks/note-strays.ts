import { DateTime, Effect } from "effect"
import { TrackPlaces } from "./storage-ports.ts"
import type { TrackPlace } from "./track.ts"

/** Has the files that may lie in these places removed, as all that no row refers to. */
export const noteStrays = Effect.fnUntraced(function* (strays: ReadonlyArray<TrackPlace>) {
  if (strays.length === 0) return
  const places = yield* TrackPlaces
  const now = yield* DateTime.now
  for (const { storageBackend, storageKey } of strays) {
    yield* places.noteUnreferred(storageBackend, [storageKey], now)
  }
})
