import { DateTime, Effect } from "effect"
import { Transaction } from "../kernel/index.ts"
import { type PlacedTrack, TrackPlaces, TrackStorage } from "./storage-ports.ts"
import type { StorageBackend, TrackId } from "./track.ts"

export interface MigrateOptions {
  readonly to: StorageBackend
  /** At most so many tracks are moved. */
  readonly limit: number | undefined
  /** Counts and moves nothing. */
  readonly dryRun: boolean
}

export interface MigrateCount {
  /** Tracks that were elsewhere when it began, and their bytes. */
  readonly tracks: number
  readonly bytes: number
  readonly moved: number
  /** Moved or removed by somebody else meanwhile. */
  readonly settled: number
  /** Not now: the place is being cleared. */
  readonly busy: number
  /** Their file is nowhere. */
  readonly missing: number
  /** Tracks without a file that never became ready: nothing to move. */
  readonly unfinished: number
  /** The file, or its copy, is not what its hash says. */
  readonly corrupt: number
  /** The first of those that are missing or corrupt. */
  readonly damaged: ReadonlyArray<TrackId>
}

type Outcome = Exclude<keyof MigrateCount, "tracks" | "bytes" | "damaged">

/** Rows of one look at the table. */
const page = 200
/** Damaged tracks that are told by name. */
const named = 100
/** Files on their way at once. */
const concurrency = 4

export const otherBackend = (backend: StorageBackend): StorageBackend => (backend === "s3" ? "local" : "s3")

const moveOne = Effect.fnUntraced(function* (track: PlacedTrack, to: StorageBackend) {
  const places = yield* TrackPlaces
  if (!(yield* places.reserve({ storageBackend: to, storageKey: track.storageKey }))) return "busy"
  const copied = yield* (yield* TrackStorage).copy(track, to)
  if (copied === "missing") return track.status === "ready" ? "missing" : "unfinished"
  if (copied === "corrupt") return "corrupt"
  const moved = yield* (yield* Transaction).atomically(places.move(track, to, yield* DateTime.now))
  return moved === "elsewhere" || moved === "gone" ? "settled" : moved
})

/**
 * Moves tracks to another store while they are played: the file is copied and read back, then the row changes, and what
 * was left is removed after the grace. A kill loses nothing: what was not moved is moved by the next run.
 */
export const migrateStorage = Effect.fn("tracks.migrateStorage")(function* (
  { to, limit = Infinity, dryRun }: MigrateOptions,
  progress: (done: number, total: number) => void
) {
  const places = yield* TrackPlaces
  const from = otherBackend(to)
  const total = yield* places.totalIn(from)
  const count: Record<Outcome, number> = { moved: 0, settled: 0, busy: 0, missing: 0, unfinished: 0, corrupt: 0 }
  const planned = Math.min(total.tracks, limit)
  const damaged: Array<TrackId> = []
  let done = 0
  const move = (track: PlacedTrack) =>
    Effect.map(moveOne(track, to), (outcome: Outcome) => {
      count[outcome]++
      if ((outcome === "missing" || outcome === "corrupt") && damaged.length < named) damaged.push(track.id)
      progress(++done, Math.max(done, planned))
    })
  if (dryRun) return { ...total, ...count, damaged } satisfies MigrateCount
  let after: PlacedTrack | undefined
  while (count.moved < limit) {
    const tracks: ReadonlyArray<PlacedTrack> = yield* places.storedIn(from, after, Math.min(page, limit - count.moved))
    yield* Effect.forEach(tracks, move, { concurrency, discard: true })
    after = tracks.at(-1)
    if (after === undefined) break
  }
  return { ...total, ...count, damaged } satisfies MigrateCount
})
