import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { type Ids, Transaction } from "@veza/domain/kernel"
import {
  type PlacedTrack,
  removalClaim,
  removalGrace,
  type StorageBackend,
  storageKeyOf,
  type Track,
  TrackErasure,
  type TrackPlace,
  TrackPlaces,
  Tracks
} from "@veza/domain/tracks"
import { addReadyTrack, addUser, newTrackId } from "./samples.ts"

const add = Effect.fnUntraced(function* (storageBackend: StorageBackend = "local") {
  return yield* addReadyTrack((yield* addUser()).id, { storageBackend })
})
const placedOf = ({ id, userId, contentHash, storageBackend, storageKey }: Track): PlacedTrack => ({
  id,
  userId,
  status: "ready",
  contentHash,
  storageBackend,
  storageKey
})
const other = ({ storageBackend, storageKey }: TrackPlace): TrackPlace => ({
  storageBackend: storageBackend === "s3" ? "local" : "s3",
  storageKey
})
const placeOf = ({ storageBackend, storageKey }: TrackPlace): TrackPlace => ({ storageBackend, storageKey })
const move = Effect.fnUntraced(function* (track: Track, from: TrackPlace = track) {
  const to = from.storageBackend === "s3" ? "local" : "s3"
  const places = yield* TrackPlaces
  const { atomically } = yield* Transaction
  return yield* atomically(places.move({ ...placedOf(track), ...placeOf(from) }, to, yield* DateTime.now))
})
const storedAt = (track: Track) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(track.id)),
    (found) => Option.getOrThrow(found).storageBackend
  )
/** Claims, as if it were `later`, what was noted more than the grace before; answers the keys. */
const claimLater = Effect.fnUntraced(function* (backend: StorageBackend, later: DateTime.Utc) {
  const claimed = yield* (yield* TrackPlaces).claim({
    backend,
    before: DateTime.subtractDuration(later, removalGrace),
    at: later,
    until: DateTime.addDuration(later, removalClaim),
    limit: 100_000
  })
  for (const place of claimed) assert.strictEqual(place.storageBackend, backend)
  return claimed.map(({ storageKey }) => storageKey)
})
const inTwoHours = Effect.map(DateTime.now, DateTime.add({ hours: 2 }))

type Ports = TrackPlaces | TrackErasure | Tracks | Users | Ids | Transaction

/** What every record of places does. */
export const trackPlacesContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter, { excludeTestServices: true })(`TrackPlaces: ${name}`, (it) => {
    it.effect("tells what is stored where, page by page, and how much it is", () =>
      Effect.gen(function* () {
        const places = yield* TrackPlaces
        const before = yield* places.totalIn("s3")
        const mine = yield* Effect.replicateEffect(add("s3"), 5)
        const local = yield* add("local")
        const { tracks, bytes } = yield* places.totalIn("s3")
        assert.deepStrictEqual([tracks - before.tracks, bytes - before.bytes], [5, 5_000_000])
        const found: Array<PlacedTrack> = []
        for (;;) {
          const page = yield* places.storedIn("s3", found.at(-1), 2)
          if (page.length === 0) break
          found.push(...page)
        }
        const ids = found.map(({ id }) => id)
        assert.includeMembers(
          ids,
          mine.map(({ id }) => id)
        )
        assert.notInclude(ids, local.id)
        assert.strictEqual(new Set(ids).size, tracks)
        const [first] = mine
        if (first !== undefined) assert.deepInclude(found, placedOf(first))
      })
    )

    it.effect("moves a row once, notes what it leaves, and whoever plays it hears of it", () =>
      Effect.gen(function* () {
        const tracks = yield* Tracks
        const track = yield* add()
        assert.strictEqual(Option.getOrThrow(yield* tracks.soundOf(track.id)).storageBackend, "local")
        const outcomes = yield* Effect.all(
          Array.from({ length: 5 }, () => move(track)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(outcomes.toSorted(), ["elsewhere", "elsewhere", "elsewhere", "elsewhere", "moved"])
        assert.strictEqual(yield* storedAt(track), "s3")
        assert.strictEqual(Option.getOrThrow(yield* tracks.soundOf(track.id)).storageBackend, "s3")
        assert.notInclude(yield* claimLater("local", yield* DateTime.now), track.storageKey)
        assert.include(yield* claimLater("local", yield* inTwoHours), track.storageKey)
        assert.notInclude(yield* claimLater("s3", yield* inTwoHours), track.storageKey)
      })
    )

    it.effect("moves nothing to a place that is being cleared, until the claim ends or is done", () =>
      Effect.gen(function* () {
        const places = yield* TrackPlaces
        const track = yield* add()
        yield* move(track)
        assert.include(yield* claimLater("local", yield* inTwoHours), track.storageKey)
        assert.isFalse(yield* places.reserve(track))
        assert.strictEqual(yield* move(track, other(track)), "busy")
        assert.strictEqual(yield* storedAt(track), "s3")
        yield* places.forget(track)
        assert.isTrue(yield* places.reserve(track))
        assert.strictEqual(yield* move(track, other(track)), "moved")
        assert.strictEqual(yield* storedAt(track), "local")
      })
    )

    it.effect("takes a note back before something is put there", () =>
      Effect.gen(function* () {
        const places = yield* TrackPlaces
        const track = yield* add()
        yield* move(track)
        assert.isTrue(yield* places.reserve(track))
        assert.notInclude(yield* claimLater("local", yield* inTwoHours), track.storageKey)
      })
    )

    it.effect("claims a place for one at a time", () =>
      Effect.gen(function* () {
        const track = yield* add()
        yield* move(track)
        const later = yield* inTwoHours
        const claims = yield* Effect.all(
          Array.from({ length: 5 }, () => claimLater("local", later)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claims.flat().filter((key) => key === track.storageKey).length, 1)
        const afterwards = DateTime.add(DateTime.addDuration(later, removalClaim), { seconds: 1 })
        assert.include(yield* claimLater("local", afterwards), track.storageKey)
      })
    )

    it.effect("notes the copy of a track that was removed meanwhile", () =>
      Effect.gen(function* () {
        const track = yield* add()
        yield* (yield* TrackErasure).removeTracks(track.userId, false, yield* DateTime.now)
        assert.strictEqual(yield* move(track), "gone")
        const later = yield* inTwoHours
        assert.include(yield* claimLater("local", later), track.storageKey)
        assert.include(yield* claimLater("s3", later), track.storageKey)
      })
    )

    it.effect("gives the places that a moved track left to whoever erases its owner's data, but none in use", () =>
      Effect.gen(function* () {
        const [erasure, places] = [yield* TrackErasure, yield* TrackPlaces]
        const track = yield* add()
        yield* move(track)
        assert.deepStrictEqual(yield* erasure.removedFiles(track.userId, 10), [placeOf(track)])
        assert.isFalse(yield* places.reserve(track))
        yield* erasure.forgetFile(track)
        assert.deepStrictEqual(yield* erasure.removedFiles(track.userId, 10), [])
      })
    )

    it.effect("notes what no row refers to in that store, once", () =>
      Effect.gen(function* () {
        const places = yield* TrackPlaces
        const track = yield* add("s3")
        const lost = storageKeyOf(track.userId, yield* newTrackId, "flac")
        const now = yield* DateTime.now
        assert.strictEqual(yield* places.noteUnreferred("s3", [track.storageKey, lost], now), 1)
        assert.strictEqual(yield* places.noteUnreferred("s3", [track.storageKey, lost], now), 0)
        assert.strictEqual(yield* places.noteUnreferred("local", [track.storageKey], now), 1)
        const later = yield* inTwoHours
        const inS3 = yield* claimLater("s3", later)
        assert.include(inS3, lost)
        assert.notInclude(inS3, track.storageKey)
        assert.include(yield* claimLater("local", later), track.storageKey)
      })
    )

    it.effect("drops a note once a row refers to its place", () =>
      Effect.gen(function* () {
        const places = yield* TrackPlaces
        const { id: owner } = yield* addUser()
        const key = storageKeyOf(owner, yield* newTrackId, "flac")
        yield* places.noteUnreferred("s3", [key], yield* DateTime.now)
        const track = yield* addReadyTrack(owner, { storageBackend: "s3", storageKey: key })
        assert.notInclude(yield* claimLater("s3", yield* inTwoHours), key)
        assert.deepStrictEqual(yield* (yield* TrackErasure).removedFiles(owner, 10), [])
        assert.strictEqual(yield* move(track), "moved")
      })
    )

    it.effect("remembers how far the look through a store has come", () =>
      Effect.gen(function* () {
        const places = yield* TrackPlaces
        assert.isTrue(Option.isNone(yield* places.seenUpTo("s3")))
        yield* places.setSeenUpTo("s3", "tracks/a")
        yield* places.setSeenUpTo("s3", "tracks/b")
        assert.deepStrictEqual(yield* places.seenUpTo("s3"), Option.some("tracks/b"))
        assert.isTrue(Option.isNone(yield* places.seenUpTo("local")))
        yield* places.setSeenUpTo("s3", undefined)
        assert.isTrue(Option.isNone(yield* places.seenUpTo("s3")))
      })
    )
  })
