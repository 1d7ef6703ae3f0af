import { Context, DateTime, Effect, Exit, Layer, Option, Semaphore, type Stream } from "effect"
import { contextOf, Ids, requirePermission, type SignedIn } from "../kernel/index.ts"
import { acceptUpload, refuseInfected } from "./accept-upload.ts"
import { clearUpload } from "./clear-upload.ts"
import { type InvalidUploadForm, TooManyUploads, type UploadInterrupted } from "./errors.ts"
import { TrackSettings, Uploads } from "./ports.ts"
import { receiveFile } from "./receive-file.ts"
import { type TrackMetadata, UploadId } from "./track.ts"

/** How long an upload may hold its lease; past it the sweep takes the rest away. */
export const uploadLeaseLifetime = { hours: 1 } as const

/** The places for uploads under way in this process (MAX_CONCURRENT_UPLOADS). */
export class UploadSlots extends Context.Service<UploadSlots, Semaphore.Semaphore>()(
  "@veza/domain/tracks/UploadSlots"
) {
  static readonly layer = Layer.effect(
    UploadSlots,
    Effect.flatMap(TrackSettings, (settings) => Semaphore.make(settings.maxConcurrentUploads))
  )
}

export interface UploadCommand {
  readonly fileName: string
  readonly content: Stream.Stream<Uint8Array, UploadInterrupted | InvalidUploadForm>
  /** The rest of the form, which may arrive behind the file. */
  readonly metadata: Effect.Effect<TrackMetadata, InvalidUploadForm | UploadInterrupted>
}

/** Uploading is for content creators. */
export const ensureCreator = Effect.fnUntraced(function* (actor: SignedIn) {
  const settings = yield* TrackSettings
  if (!settings.bypassCreatorRole) yield* requirePermission(actor, "content.publish")
})

/** Does the work in one of the places for uploads, or refuses when all are taken. */
export const inSlot = Effect.fnUntraced(function* <A, E, R>(work: Effect.Effect<A, E, R>) {
  const slots = yield* UploadSlots
  return yield* Option.match(yield* slots.withPermitsIfAvailable(1)(work), {
    onNone: () => Effect.fail(new TooManyUploads({ retryAfter: 5 })),
    onSome: Effect.succeed
  })
})

/**
 * Takes in a track (20-tracks, "Upload"): streamed to quarantine while it is scanned and hashed, judged by its content,
 * moved to its place, and recorded in `processing` together with the event that sets the worker to it. Whatever goes
 * wrong on the way, and whenever the client leaves, neither a file nor a row stays behind.
 */
export const uploadTrack = Effect.fn("tracks.upload")(function* (actor: SignedIn, command: UploadCommand) {
  yield* ensureCreator(actor)
  return yield* inSlot(Effect.scoped(takeIn(actor, command)))
})

const takeIn = Effect.fnUntraced(function* (actor: SignedIn, command: UploadCommand) {
  const uploads = yield* Uploads
  const id = UploadId.make(yield* (yield* Ids).entity)
  const now = yield* DateTime.now
  yield* Effect.acquireRelease(
    uploads.begin({ id, userId: actor.userId, expiresAt: DateTime.add(now, uploadLeaseLifetime) }),
    (_, exit) => (Exit.isSuccess(exit) ? uploads.end(id) : clearUpload(id))
  )
  const upload = { id, userId: actor.userId, context: contextOf(actor) }
  const received = yield* receiveFile(id, command.fileName, command.content)
  yield* refuseInfected(upload, received)
  return yield* acceptUpload(upload, received, yield* command.metadata)
})
