import { DateTime, Effect } from "effect"
import { TrackFiles, Uploads } from "./ports.ts"

/** At most this many leases go in one run; the next run takes the rest. */
const batch = 100

const remove = Effect.fnUntraced(function* (id: Parameters<TrackFiles["Service"]["removeQuarantined"]>[0]) {
  yield* (yield* TrackFiles).removeQuarantined(id)
  yield* (yield* Uploads).end(id)
})

/**
 * Job: takes away the leases and quarantine files of uploads whose process died (05-decisions, "An upload"). Track rows
 * are never touched. Answers how many went.
 */
export const sweepUploads = Effect.fn("tracks.sweepUploads")(function* () {
  const expired = yield* (yield* Uploads).expired(yield* DateTime.now, batch)
  yield* Effect.forEach(expired, remove, { discard: true })
  return expired.length
})
