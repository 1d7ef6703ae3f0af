import { DateTime, Effect } from "effect"
import { clearUpload } from "./clear-upload.ts"
import { TrackFiles, Uploads } from "./ports.ts"
import { TrackStorage } from "./storage-ports.ts"
import { garbageAge } from "./storage-times.ts"
import type { UploadId } from "./track.ts"

/** At most this many leases go in one run; the next run takes the rest. */
const batch = 100

/** Files of a day ago whose lease is gone, by whatever accident, and copies that died processes were working on. */
const sweepQuarantine = Effect.fnUntraced(function* () {
  const storage = yield* TrackStorage
  const { removeQuarantined } = yield* TrackFiles
  const before = DateTime.subtractDuration(yield* DateTime.now, garbageAge)
  let count = yield* storage.tidy(before)
  let after: UploadId | undefined
  for (;;) {
    const ids: ReadonlyArray<UploadId> = yield* storage.quarantined(before, after, batch)
    const leased = yield* (yield* Uploads).leased(ids)
    const left = ids.filter((id) => !leased.has(id))
    yield* Effect.forEach(left, removeQuarantined, { discard: true })
    count += left.length
    after = ids.at(-1)
    if (ids.length < batch) return count
  }
})

/**
 * Job: takes away the leases and files of uploads whose process died or whose time is up (05-decisions, "An upload"). Track rows
 * are never touched. Answers how many went.
 */
export const sweepUploads = Effect.fn("tracks.sweepUploads")(function* () {
  const expired = yield* (yield* Uploads).expired(yield* DateTime.now, batch)
  yield* Effect.forEach(expired, clearUpload, { discard: true })
  return expired.length + (yield* sweepQuarantine())
})
