import { Cause, Context, DateTime, Effect, Layer, Option, Semaphore, type Stream } from "effect"
import { contextOf, Ids, Outbox, requirePermission, type SignedIn, Transaction } from "../kernel/index.ts"
import { audioFormats } from "./audio-format.ts"
import {
  DuplicateTrack,
  InfectedFile,
  type InvalidUploadForm,
  StorageUnavailable,
  TooManyUploads,
  UnsupportedAudio,
  UploadInterrupted
} from "./errors.ts"
import { trackUploaded, uploadInfected } from "./events.ts"
import { AudioAnalysis, TrackFiles, Tracks, TrackSettings, Uploads } from "./ports.ts"
import { type ReceivedFile, receiveFile } from "./receive-file.ts"
import { type StorageBackend, storageKeyOf, Track, TrackId, type TrackMetadata, UploadId } from "./track.ts"

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

/**
 * Takes in a track (20-tracks, "Upload"): streamed to quarantine while it is scanned and hashed, judged by its content,
 * moved to its place, and recorded in `processing` together with the event that sets the worker to it. Whatever goes
 * wrong on the way, and whenever the client leaves, neither a file nor a row stays behind.
 */
export const uploadTrack = Effect.fn("tracks.upload")(function* (actor: SignedIn, command: UploadCommand) {
  const settings = yield* TrackSettings
  if (!settings.bypassCreatorRole) yield* requirePermission(actor, "content.publish")
  const slots = yield* UploadSlots
  return yield* Option.match(yield* slots.withPermitsIfAvailable(1)(Effect.scoped(takeIn(actor, command))), {
    onNone: () => Effect.fail(new TooManyUploads({ retryAfter: 5 })),
    onSome: Effect.succeed
  })
})

const takeIn = Effect.fnUntraced(function* (actor: SignedIn, command: UploadCommand) {
  const ids = yield* Ids
  const uploads = yield* Uploads
  const id = UploadId.make(yield* ids.entity)
  const now = yield* DateTime.now
  yield* Effect.acquireRelease(
    uploads.begin({ id, userId: actor.userId, expiresAt: DateTime.add(now, uploadLeaseLifetime) }),
    () => uploads.end(id)
  )
  const received = yield* receiveFile(id, command.fileName, command.content)
  if (received.scan._tag === "Infected") {
    yield* (yield* Outbox).append([uploadInfected(actor.userId, id, received.scan.signature, contextOf(actor))])
    return yield* new InfectedFile()
  }
  const metadata = yield* command.metadata
  yield* probe(id, received)
  if (metadata.allow_duplicate !== true) {
    const existing = yield* (yield* Tracks).ofOwnerWithContent(actor.userId, received.sha256)
    if (Option.isSome(existing)) return yield* new DuplicateTrack({ trackId: existing.value })
  }
  const trackId = TrackId.make(yield* ids.entity)
  const { backend } = yield* TrackFiles
  return yield* record(actor, id, newTrack(actor, trackId, received, metadata, backend, yield* DateTime.now))
})

/** The real parse: what the first bytes promised must hold for the whole file. */
const probe = Effect.fnUntraced(function* (id: UploadId, received: ReceivedFile) {
  const path = yield* (yield* TrackFiles).localPath({ quarantined: id })
  if (Option.isNone(path)) return yield* new UnsupportedAudio({ reason: "not_audio" })
  const audio = yield* (yield* AudioAnalysis).probe(path.value)
  if (audio.format !== received.format) return yield* new UnsupportedAudio({ reason: "extension_mismatch" })
})

const newTrack = (
  actor: SignedIn,
  id: TrackId,
  received: ReceivedFile,
  metadata: TrackMetadata,
  backend: StorageBackend,
  at: DateTime.Utc
): Track =>
  new Track({
    id,
    userId: actor.userId,
    title: metadata.title.trim(),
    artist: metadata.artist?.trim() ?? null,
    album: metadata.album?.trim() ?? null,
    genre: metadata.genre?.trim() ?? null,
    year: metadata.year ?? null,
    bpm: metadata.bpm ?? null,
    musicalKey: metadata.musical_key?.trim() ?? null,
    tags: metadata.tags ?? [],
    lyrics: metadata.lyrics ?? null,
    description: metadata.description ?? null,
    isrc: metadata.isrc ?? null,
    isPublic: metadata.is_public ?? true,
    downloadable: metadata.downloadable ?? false,
    status: "processing",
    statusMessage: null,
    scanStatus: received.scan._tag === "Clean" ? "clean" : "skipped",
    format: received.format,
    sizeBytes: received.size,
    contentHash: received.sha256,
    storageBackend: backend,
    storageKey: storageKeyOf(actor.userId, id, audioFormats[received.format].extensions[0]),
    durationMs: null,
    codec: null,
    bitrate: null,
    sampleRate: null,
    channels: null,
    lossless: null,
    hasWaveform: false,
    blockedAt: null,
    hlsReady: false,
    loudness: null,
    cover: null,
    likeCount: 0,
    playCount: 0,
    createdAt: at,
    updatedAt: at
  })

const commit = Effect.fnUntraced(function* (actor: SignedIn, id: UploadId, track: Track) {
  if (!(yield* (yield* Uploads).moveTo(id, "accepted"))) return yield* new UploadInterrupted()
  yield* (yield* Tracks).add(track)
  yield* (yield* Outbox).append([trackUploaded(track, contextOf(actor))])
})

const isAway = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error instanceof StorageUnavailable)

/**
 * The file first, then the row: a crash in between leaves an object without a row, which the garbage job removes. A
 * client may leave while a distant store takes the file in, and not between file and row.
 */
const record = Effect.fnUntraced(function* (actor: SignedIn, id: UploadId, track: Track) {
  const files = yield* TrackFiles
  const { atomically } = yield* Transaction
  yield* Effect.uninterruptibleMask((restore) =>
    restore(files.promote(id, track)).pipe(
      Effect.andThen(atomically(commit(actor, id, track))),
      // A store that is away is not asked to undo what it may not even have done: the garbage job looks after that.
      Effect.onError((cause) => (isAway(cause) ? Effect.void : Effect.ignore(files.remove(track))))
    )
  )
  return track
})
