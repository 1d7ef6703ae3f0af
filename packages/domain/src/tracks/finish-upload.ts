import { Clock, Effect, Option } from "effect"
import { type EventContext, systemContext } from "../kernel/index.ts"
import { acceptUpload, refuseInfected } from "./accept-upload.ts"
import { refuseUpload } from "./clear-upload.ts"
import { UnsupportedAudio, UploadInterrupted } from "./errors.ts"
import { contentOf } from "./file-content.ts"
import { holdingUpload } from "./hold-upload.ts"
import { inspectFile } from "./inspect-file.ts"
import { TrackFiles, Uploads } from "./ports.ts"
import { DuplicateUpload, UploadGone } from "./resumable-errors.ts"
import { PartialFiles, type ResumableUpload, ResumableUploads } from "./resumable-ports.ts"
import type { UploadId } from "./track.ts"

const judge = Effect.fnUntraced(function* (upload: ResumableUpload, context: EventContext) {
  const file = yield* (yield* PartialFiles).open(upload.id)
  if (Option.isNone(file)) return yield* new UnsupportedAudio({ reason: "not_audio" })
  const { verdict, ...inspected } = yield* inspectFile(upload.fileName, contentOf(file.value), () => Effect.void)
  if (inspected.size !== upload.length) return yield* new UploadInterrupted()
  const received = { ...inspected, scan: yield* verdict }
  const uploading = { id: upload.id, userId: upload.userId, context }
  yield* refuseInfected(uploading, received)
  return yield* acceptUpload(uploading, received, upload.metadata).pipe(
    Effect.catchTag("DuplicateTrack", ({ trackId }) => Effect.fail(new DuplicateUpload({ trackId })))
  )
}, Effect.scoped)

/**
 * Makes a track of an upload that has arrived to its last byte, in the way of every other file: scanned from the disk, judged
 * by its content, hashed, put in its place. A scanner that is away decides nothing: this may be tried again. What is
 * refused is refused for good.
 */
export const finishUpload = Effect.fn("tracks.finishUpload")(function* (
  upload: ResumableUpload,
  context: EventContext
) {
  if (upload.state === "uploading" && !(yield* (yield* Uploads).moveTo(upload.id, "scanning"))) {
    return yield* new UploadGone()
  }
  const track = yield* judge(upload, context).pipe(
    Effect.tapErrorTag(["InfectedFile", "UnsupportedAudio", "DuplicateUpload"], () => refuseUpload(upload.id))
  )
  yield* (yield* TrackFiles).removeQuarantined(upload.id)
  return track
})

const isAway = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "ScannerUnavailable" || _tag === "StorageUnavailable"

/** Uploads looked at in one run of the job, and for how long, in milliseconds: other jobs have their turn. */
const batch = 10
const longest = 60_000

const finishAgain = (id: UploadId) =>
  holdingUpload(id, ({ upload }) => finishUpload(upload, { ...systemContext, actor_id: upload.userId }))

/**
 * Job: finishes uploads that arrived in full and whose sender saw no end: a scanner was away, or a process died. Answers how
 * many became tracks.
 */
export const finishUploads = Effect.fn("tracks.finishUploads")(function* () {
  const arrived = yield* (yield* ResumableUploads).arrived(batch)
  const begun = yield* Clock.currentTimeMillis
  let finished = 0
  for (const id of arrived) {
    if ((yield* Clock.currentTimeMillis) - begun > longest) break
    const outcome = yield* Effect.result(finishAgain(id))
    if (outcome._tag === "Success") finished++
    else if (isAway(outcome.failure)) break
    else yield* Effect.logInfo("an upload did not become a track", { upload_id: id, reason: outcome.failure._tag })
  }
  return finished
})
