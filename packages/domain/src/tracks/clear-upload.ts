import { Effect } from "effect"
import { noteStrays } from "./note-strays.ts"
import { TrackFiles, Uploads } from "./ports.ts"
import type { UploadId } from "./track.ts"

/** Ends an upload for good, so that nobody makes a track of it any more; its lease stays to say so until it expires. */
export const refuseUpload = Effect.fnUntraced(function* (id: UploadId) {
  const uploads = yield* Uploads
  yield* uploads.moveTo(id, "refused")
  yield* noteStrays(yield* uploads.strays(id))
  yield* (yield* TrackFiles).removeQuarantined(id)
})

/** Takes an upload's lease away with whatever its files left behind; a track that was made of it stays. Harmless to repeat. */
export const clearUpload = Effect.fnUntraced(function* (id: UploadId) {
  yield* refuseUpload(id)
  yield* (yield* Uploads).end(id)
})
