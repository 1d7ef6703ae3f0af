import { Effect, Option, Stream } from "effect"
import { contextOf, type SignedIn } from "../kernel/index.ts"
import { appendPart, type Part } from "./append-to-upload.ts"
import { refuseUpload } from "./clear-upload.ts"
import { finishUpload } from "./finish-upload.ts"
import { type Held, holdingUpload } from "./hold-upload.ts"
import { UploadOffsetConflict, UploadTooLong } from "./resumable-errors.ts"
import { keptBytes, ownUpload } from "./resumable-upload.ts"
import type { TrackId, UploadId } from "./track.ts"
import { inSlot } from "./upload-track.ts"

export interface PartCommand extends Part {
  readonly offset: number
  /** Bytes, where the sender says so beforehand. */
  readonly announced: number | undefined
}

export interface Progress {
  readonly offset: number
  /** The track that the upload became, when this was its last part. */
  readonly trackId: TrackId | null
}

const ensureOffset = (kept: number, offset: number) =>
  kept === offset ? Effect.void : Effect.fail(new UploadOffsetConflict({ offset: kept }))

const proceed = Effect.fnUntraced(function* (actor: SignedIn, held: Held, command: PartCommand) {
  const { upload } = held
  const kept = yield* keptBytes(upload)
  yield* ensureOffset(kept, command.offset)
  if (command.offset + (command.announced ?? 0) > upload.length) {
    return yield* new UploadTooLong({ length: upload.length })
  }
  const offset = yield* appendPart(held, kept, command).pipe(
    Effect.tapErrorTag("UnsupportedAudio", () => refuseUpload(upload.id))
  )
  if (offset < upload.length) return { offset, trackId: null } satisfies Progress
  const track = yield* finishUpload(upload, contextOf(actor))
  return { offset, trackId: track.id } satisfies Progress
})

/**
 * Takes in the next part of an upload; the last one makes a track of it. An empty part at the end asks for that again. Parts
 * of one upload are taken one at a time, whichever process they come to.
 */
export const continueUpload = Effect.fn("tracks.continueUpload")(function* (
  actor: SignedIn,
  id: UploadId,
  command: PartCommand
) {
  const upload = yield* ownUpload(actor, id)
  if (upload.state === "accepted") {
    yield* ensureOffset(upload.length, command.offset)
    const rest = yield* Stream.runHead(command.content)
    if (Option.isSome(rest)) return yield* new UploadTooLong({ length: upload.length })
    return { offset: upload.length, trackId: upload.trackId } satisfies Progress
  }
  yield* ensureOffset(yield* keptBytes(upload), command.offset)
  return yield* inSlot(holdingUpload(id, (held) => proceed(actor, held, command)))
})
