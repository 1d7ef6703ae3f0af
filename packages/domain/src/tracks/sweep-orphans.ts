import { DateTime, Effect } from "effect"
import { Outbox, systemContext, Transaction } from "../kernel/index.ts"
import { trackFailed } from "./events.ts"
import { TrackFiles, Tracks } from "./ports.ts"
import type { StorageBackend, Track } from "./track.ts"

const batch = 100
/** The message promised by 20-tracks, "Orphan sweep". */
export const orphanMessage = "orphan cleanup: file missing on disk after >1h in processing"

const fail = Effect.fnUntraced(function* (track: Track) {
  const failed = yield* (yield* Tracks).moveTo(track.id, "failed", orphanMessage, yield* DateTime.now)
  if (failed) yield* (yield* Outbox).append([trackFailed(track, systemContext, { message: orphanMessage })])
  return failed
})

const sweep = Effect.fnUntraced(function* (track: Track) {
  if (yield* (yield* TrackFiles).exists(track)) return false
  return yield* (yield* Transaction).atomically(fail(track))
})

/**
 * Job: marks tracks `failed` whose file is gone after an hour in `processing`; never deletes, never touches one whose
 * file is there or whose store does not answer.
 */
export const sweepOrphans = Effect.fn("tracks.sweepOrphans")(function* () {
  const tracks = yield* Tracks
  const since = DateTime.subtract(yield* DateTime.now, { hours: 1 })
  const away = new Set<StorageBackend>()
  const judge = (track: Track) =>
    away.has(track.storageBackend)
      ? Effect.succeed(false)
      : Effect.catch(sweep(track), (error) => {
          away.add(track.storageBackend)
          return Effect.as(
            Effect.logWarning("orphans cannot be judged now", { backend: track.storageBackend }, error),
            false
          )
        })
  let count = 0
  let after: Track | undefined
  for (;;) {
    const stuck: ReadonlyArray<Track> = yield* tracks.stuckSince(since, after, batch)
    const swept = yield* Effect.forEach(stuck, judge)
    count += swept.filter((orphan) => orphan).length
    after = stuck.at(-1)
    if (stuck.length < batch) return count
  }
})
