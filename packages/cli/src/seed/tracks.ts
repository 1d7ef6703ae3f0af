import { createReadStream } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DateTime, Effect, Option, Stream } from "effect"
import { findFfmpeg, type SampleFormat, sampleSongs, type SampleSong, writeSample } from "@veza/adapters/media"
import { Ids, type InSession, SessionId, systemContext } from "@veza/domain/kernel"
import { processTrack, TrackId, Tracks, uploadTrack, UploadInterrupted } from "@veza/domain/tracks"
import { sampleAccounts } from "./accounts.ts"
import { stableId } from "./stable-id.ts"

/** A sample recording: WAV always, FLAC and MP3 where ffmpeg is there. */
export interface Recording {
  readonly song: SampleSong
  readonly format: SampleFormat
  readonly trackId: TrackId
}

const recording = (song: SampleSong, format: SampleFormat): Recording => ({
  song,
  format,
  trackId: TrackId.make(stableId(`track ${song.title} ${format}`))
})

/** What there is to seed on this machine; with `few` a single song. */
export const recordings = (few: boolean, hasFfmpeg: boolean): ReadonlyArray<Recording> => {
  const songs = few ? sampleSongs.slice(0, 1) : sampleSongs
  const encoded: ReadonlyArray<SampleFormat> = ["wav", "flac", "mp3"]
  return songs.map((song, index) => recording(song, hasFfmpeg && !few ? (encoded[index % 3] ?? "wav") : "wav"))
}

const creator: InSession = {
  _tag: "SignedIn",
  by: "session",
  userId: sampleAccounts.creator.id,
  sessionId: SessionId.make(stableId("session")),
  role: "creator",
  isVerified: true,
  authenticatedAt: 0,
  secondFactorAt: null,
  origin: { ip: "127.0.0.1", userAgent: "veza seed", requestId: "seed" }
}

/** Hands the upload the ids it would otherwise draw: first the lease's, then the track's. */
const withIds = (trackId: TrackId) => {
  const ids = [stableId(`upload ${trackId}`), trackId]
  return Ids.of({
    entity: Effect.sync(() => ids.shift() ?? stableId(`more ${trackId}`)),
    row: Effect.sync(() => stableId(`row ${trackId} ${ids.length}`)),
    rows: (count) =>
      Effect.sync(() => Array.from({ length: count }, (_, at) => stableId(`row ${trackId} ${ids.length} ${at}`)))
  })
}

const upload = Effect.fnUntraced(function* (file: string, { song, format, trackId }: Recording) {
  const content = Stream.fromAsyncIterable<Uint8Array, UploadInterrupted>(
    createReadStream(file),
    () => new UploadInterrupted()
  )
  const { title, artist, album, genre, year, bpm, musicalKey } = song
  yield* uploadTrack(creator, {
    fileName: `${title}.${format}`,
    content,
    metadata: Effect.succeed({ title, artist, album, genre, year, bpm, musical_key: musicalKey, downloadable: true })
  }).pipe(
    Effect.provideService(Ids, withIds(trackId)),
    Effect.catchTag("DuplicateTrack", () => Effect.void)
  )
  yield* processTrack(trackId, systemContext)
})

const seedOne = Effect.fnUntraced(function* (directory: string, one: Recording, ffmpegPath: string | undefined) {
  if (Option.isSome(yield* (yield* Tracks).byId(one.trackId))) return 0
  const file = join(directory, `${one.trackId}.${one.format}`)
  yield* Effect.promise((signal) => writeSample(one.song, one.format, file, { ffmpegPath, signal }))
  yield* upload(file, one)
  return 1
})

const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "veza-seed-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

/**
 * Makes the sample music and takes it in through the same door as everybody's: streamed, scanned where a scanner is,
 * judged, processed. Seeding again adds only what is missing; answers how many tracks it added.
 */
export const seedTracks = Effect.fnUntraced(function* (
  few: boolean,
  ffmpegPath: string | undefined,
  onProgress: (done: number, total: number, title: string) => void
) {
  const ffmpeg = yield* Effect.promise(() => findFfmpeg(ffmpegPath))
  const all = recordings(few, ffmpeg !== undefined)
  const directory = yield* temporaryDirectory
  let added = 0
  for (const [index, one] of all.entries()) {
    onProgress(index, all.length, one.song.title)
    added += yield* seedOne(directory, one, ffmpeg?.ffmpeg)
  }
  onProgress(all.length, all.length, "done")
  return { added, total: all.length, seededAt: yield* DateTime.now }
}, Effect.scoped)
