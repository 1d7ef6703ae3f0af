import { DateTime, Duration, Effect, Option } from "effect"
import { TrackFiles } from "./ports.ts"
import { TrackPlaces, TrackStorage } from "./storage-ports.ts"
import { garbageAge, removalClaim, removalGrace } from "./storage-times.ts"
import { isTrackKey, type StorageBackend, type TrackPlace } from "./track.ts"

/** Objects of one look at a store, whose rows are looked up together. */
const page = 1000
/** Looks of one run; the next goes on where this one ended. */
const pages = 20
/** Files removed under one claim. */
const batch = 100
const batches = 20
const concurrency = 4

/** Goes on with the other stores when one is away. */
const eachBackend = <R>(
  work: (backend: StorageBackend) => Effect.Effect<number, unknown, R>
): Effect.Effect<number, never, R | TrackStorage> =>
  Effect.flatMap(TrackStorage, ({ backends }) =>
    Effect.map(
      Effect.forEach(backends, (backend) =>
        Effect.catch(work(backend), (error) =>
          Effect.as(Effect.logWarning("a store cannot be cleaned up now", { backend }, error), 0)
        )
      ),
      (counts) => counts.reduce((sum, count) => sum + count, 0)
    )
  )

const notePage = Effect.fnUntraced(function* (backend: StorageBackend) {
  const places = yield* TrackPlaces
  const now = yield* DateTime.now
  const old = DateTime.subtractDuration(now, garbageAge)
  const after = Option.getOrUndefined(yield* places.seenUpTo(backend))
  const objects = yield* (yield* TrackStorage).list(backend, after, page)
  const keys = objects
    .filter(({ key, modifiedAt }) => isTrackKey(key) && DateTime.isLessThan(modifiedAt, old))
    .map(({ key }) => key)
  const noted = keys.length === 0 ? 0 : yield* places.noteUnreferred(backend, keys, now)
  const isLast = objects.length < page
  yield* places.setSeenUpTo(backend, isLast ? undefined : objects.at(-1)?.key)
  return { noted, isLast }
})

const noteIn = Effect.fnUntraced(function* (backend: StorageBackend) {
  let count = 0
  for (let looked = 0; looked < pages; looked++) {
    const { noted, isLast } = yield* notePage(backend)
    count += noted
    if (isLast) break
  }
  return count
})

/**
 * Job: notes stored files that no row has referred to for a day (20-tracks, "Storage objects without a row"); removing
 * them is `removeLeftFiles`'. Answers how many it found.
 */
export const noteGarbage = Effect.fn("tracks.noteGarbage")(() => eachBackend(noteIn))

const removeBatch = Effect.fnUntraced(function* (backend: StorageBackend) {
  const places = yield* TrackPlaces
  const files = yield* TrackFiles
  const at = yield* DateTime.now
  const until = DateTime.addDuration(at, removalClaim)
  const claimed = yield* places.claim({
    backend,
    before: DateTime.subtractDuration(at, removalGrace),
    at,
    until,
    limit: batch
  })
  const remove = (place: TrackPlace) => Effect.andThen(files.remove(place), places.forget(place))
  // Well before the claim ends: past it the places may be in use again.
  yield* Effect.forEach(claimed, remove, { concurrency, discard: true }).pipe(
    Effect.timeout(Duration.divideUnsafe(removalClaim, 3))
  )
  return claimed.length
})

const removeIn = Effect.fnUntraced(function* (backend: StorageBackend) {
  let count = 0
  for (let done = 0; done < batches; done++) {
    const removed = yield* removeBatch(backend)
    count += removed
    if (removed < batch) break
  }
  return count
})

/** Job: removes the files that rows have left or lost, once the grace is over. Answers how many. */
export const removeLeftFiles = Effect.fn("tracks.removeLeftFiles")(() => eachBackend(removeIn))
