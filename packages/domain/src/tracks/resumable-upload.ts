import { DateTime, Effect, Option } from "effect"
import { Ids, type SignedIn, Transaction } from "../kernel/index.ts"
import { formatOfExtension } from "./audio-format.ts"
import { clearUpload } from "./clear-upload.ts"
import { FileTooLarge, UnsupportedAudio } from "./errors.ts"
import { TrackSettings } from "./ports.ts"
import { TooManyOpenUploads, UploadGone, UploadNotFound } from "./resumable-errors.ts"
import { PartialFiles, type ResumableUpload, ResumableUploads } from "./resumable-ports.ts"
import { type TrackMetadata, UploadId } from "./track.ts"
import { ensureCreator } from "./upload-track.ts"

/** How long an upload may take from its beginning to its last byte. */
export const resumableLifetime = { hours: 24 } as const
/** Uploads that somebody may have under way at once. */
export const maxOpenUploads = 10

export interface BeginCommand {
  readonly fileName: string
  /** Bytes. */
  readonly length: number
  readonly metadata: TrackMetadata
  readonly presented: string
}

/** Begins an upload that arrives in parts (20-tracks, "Resumable upload"). What can never be accepted is refused now. */
export const beginUpload = Effect.fn("tracks.beginUpload")(function* (actor: SignedIn, command: BeginCommand) {
  yield* ensureCreator(actor)
  const { maxResumableSize } = yield* TrackSettings
  if (command.length > maxResumableSize) return yield* new FileTooLarge({ maxBytes: maxResumableSize })
  if (command.length === 0) return yield* new UnsupportedAudio({ reason: "not_audio" })
  if (formatOfExtension(command.fileName) === undefined) {
    return yield* new UnsupportedAudio({ reason: "extension_mismatch" })
  }
  const id = UploadId.make(yield* (yield* Ids).entity)
  const expiresAt = DateTime.add(yield* DateTime.now, resumableLifetime)
  const uploads = yield* ResumableUploads
  const created = yield* (yield* Transaction).atomically(
    uploads.create({ ...command, id, userId: actor.userId, expiresAt }, maxOpenUploads)
  )
  if (!created) return yield* new TooManyOpenUploads({ retryAfter: 60 })
  return { id, expiresAt }
})

/** Somebody's own upload that may still go on or became a track; to anyone else it does not exist. */
export const ownUpload = Effect.fnUntraced(function* (actor: SignedIn, id: UploadId) {
  yield* ensureCreator(actor)
  const upload = Option.getOrUndefined(yield* (yield* ResumableUploads).byId(id))
  if (upload === undefined || upload.userId !== actor.userId) return yield* new UploadNotFound()
  if (upload.state === "refused" || DateTime.isLessThanOrEqualTo(upload.expiresAt, yield* DateTime.now)) {
    return yield* new UploadGone()
  }
  return upload
})

/** What of an upload is surely there: what was noted when it had reached the disk, and no more than the file really holds. */
export const keptBytes = Effect.fnUntraced(function* (upload: ResumableUpload) {
  if (upload.state === "accepted") return upload.length
  const file = yield* (yield* PartialFiles).open(upload.id)
  return Math.min(upload.received, Option.isSome(file) ? file.value.size : 0)
}, Effect.scoped)

export const readUpload = Effect.fn("tracks.readUpload")(function* (actor: SignedIn, id: UploadId) {
  const upload = yield* ownUpload(actor, id)
  return { upload, offset: yield* keptBytes(upload) }
})

/** Ends an upload and removes what it sent; a track that was made of it stays. */
export const endUpload = Effect.fn("tracks.endUpload")(function* (actor: SignedIn, id: UploadId) {
  yield* ownUpload(actor, id)
  yield* clearUpload(id)
})
