import { DateTime, Effect, Option } from "effect"
import { Outbox, systemContext, Transaction } from "../kernel/index.ts"
import { trackFailed } from "./events.ts"
import { TrackFiles, Tracks } from "./ports.ts"
import type { Track } from "./track.ts"

const batch = 100
/** The message promised by 20-tracks, "Orphan sweep". */
export const orphanMessage = "orphan cleanup: file missing on disk after >1h in processing"

const fail = Effect.fnUntraced(function* (track: Track) {
  if (yield* (yield* Tracks).moveTo(track.id, "failed", orphanMessage, yield* DateTime.now)) {
    yield* (yield* Outbox).append([trackFailed(track, systemContext, { message: orphanMessage })])
  }
})

const sweep = Effect.fnUntraced(function* (track: Track) {
  const path = yield* Effect.scoped((yield* TrackFiles).localPath({ stored: track.storageKey }))
  if (Option.isSome(path)) return false
  yield* (yield* Transaction).atomically(fail(track))
  return true
})

/** Job: marks tracks `failed` whose file is gone after an hour in `processing`; never deletes, never touches one whose file is there. */
export const sweepOrphans = Effect.fn("tracks.sweepOrphans")(function* () {
  const stuck = yield* (yield* Tracks).stuckSince(DateTime.subtract(yield* DateTime.now, { hours: 1 }), batch)
  const swept = yield* Effect.forEach(stuck, sweep)
  return swept.filter((orphan) => orphan).length
})
