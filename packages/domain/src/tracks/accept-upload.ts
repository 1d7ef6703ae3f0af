import { Cause, DateTime, Effect, Option } from "effect"
import { type EventContext, Ids, Outbox, Transaction, type UserId } from "../kernel/index.ts"
import { audioFormats } from "./audio-format.ts"
import { DuplicateTrack, InfectedFile, UnsupportedAudio, UploadInterrupted } from "./errors.ts"
import { trackUploaded, uploadInfected } from "./events.ts"
import type { ReceivedFile } from "./inspect-file.ts"
import { AudioAnalysis, TrackFiles, Tracks, Uploads } from "./ports.ts"
import { noteStrays } from "./note-strays.ts"
import { type StorageBackend, storageKeyOf, Track, TrackId, type TrackMetadata, type UploadId } from "./track.ts"

/** Whose upload it is, and where its events were made. */
export interface Uploading {
  readonly id: UploadId
  readonly userId: UserId
  readonly context: EventContext
}

const tellOfInfection = Effect.fnUntraced(function* ({ id, userId, context }: Uploading, signature: string) {
  if (!(yield* (yield* Uploads).moveTo(id, "refused"))) return
  yield* (yield* Outbox).append([uploadInfected(userId, id, signature, context)])
})

/** An infected file is refused, with one audit entry; no track ever existed. */
export const refuseInfected = Effect.fnUntraced(function* (upload: Uploading, { scan }: ReceivedFile) {
  if (scan._tag !== "Infected") return
  yield* (yield* Transaction).atomically(tellOfInfection(upload, scan.signature))
  return yield* new InfectedFile()
})

/** The real parse: what the first bytes promised must hold for the whole file. */
const probe = Effect.fnUntraced(function* (id: UploadId, received: ReceivedFile) {
  const path = yield* (yield* TrackFiles).localPath({ quarantined: id })
  if (Option.isNone(path)) return yield* new UnsupportedAudio({ reason: "not_audio" })
  const audio = yield* (yield* AudioAnalysis).probe(path.value)
  if (audio.format !== received.format) return yield* new UnsupportedAudio({ reason: "extension_mismatch" })
})

const newTrack = (
  userId: UserId,
  id: TrackId,
  received: ReceivedFile,
  metadata: TrackMetadata,
  backend: StorageBackend,
  at: DateTime.Utc
): Track =>
  new Track({
    id,
    userId,
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
    storageKey: storageKeyOf(userId, id, audioFormats[received.format].extensions[0]),
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

const commit = Effect.fnUntraced(function* ({ id, context }: Uploading, track: Track) {
  if (!(yield* (yield* Uploads).accept(id, track))) return yield* new UploadInterrupted()
  yield* (yield* Tracks).add(track)
  yield* (yield* Outbox).append([trackUploaded(track, context)])
})

/** Surely no row was written, and the store is there to be asked: the file may go at once. */
const isUndone = (cause: Cause.Cause<unknown>): boolean =>
  Cause.hasInterruptsOnly(cause) ||
  cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error instanceof UploadInterrupted)

/**
 * The plan first, then the file, then the row. Whatever ends this in between leaves a lease that names the place where a
 * file may lie: clearing the lease, or the next attempt, sees to it. A client may leave while a distant store takes the file
 * in, and not between file and row.
 */
const record = Effect.fnUntraced(function* (upload: Uploading, track: Track) {
  const files = yield* TrackFiles
  const { atomically } = yield* Transaction
  const earlier = yield* (yield* Uploads).plan(upload.id, track)
  if (Option.isNone(earlier)) return yield* new UploadInterrupted()
  yield* noteStrays(earlier.value)
  yield* Effect.uninterruptibleMask((restore) =>
    restore(files.promote(upload.id, track)).pipe(
      Effect.andThen(atomically(commit(upload, track))),
      // Else the lease names the place, and the garbage jobs look after it.
      Effect.onError((cause) => (isUndone(cause) ? Effect.ignore(files.remove(track)) : Effect.void))
    )
  )
})

/** Makes a track of a file in quarantine that no scanner spoke against, in `processing`, with the event that sets a worker to it. */
export const acceptUpload = Effect.fnUntraced(function* (
  upload: Uploading,
  received: ReceivedFile,
  metadata: TrackMetadata
) {
  yield* probe(upload.id, received)
  if (metadata.allow_duplicate !== true) {
    const existing = yield* (yield* Tracks).ofOwnerWithContent(upload.userId, received.sha256)
    if (Option.isSome(existing)) return yield* new DuplicateTrack({ trackId: existing.value })
  }
  const trackId = TrackId.make(yield* (yield* Ids).entity)
  const { backend } = yield* TrackFiles
  const track = newTrack(upload.userId, trackId, received, metadata, backend, yield* DateTime.now)
  yield* record(upload, track)
  return track
})
