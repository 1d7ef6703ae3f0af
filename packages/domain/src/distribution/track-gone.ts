import { DateTime, Effect } from "effect"
import type { TrackId } from "../tracks/index.ts"
import { Submissions } from "./ports.ts"
import { stopEntry } from "./stop-entry.ts"

/** Takes every release with a track off the stores: the track was deleted, or is blocked for a claim. Repeatable. */
export const stopTrack = Effect.fn("distribution.stopTrack")(function* (track: TrackId, reason: string) {
  const at = yield* DateTime.now
  const open = yield* (yield* Submissions).openOf({ track })
  yield* Effect.forEach(open, (entry) => stopEntry(entry, { by: "system", userId: null, reason, at }), {
    discard: true
  })
})
