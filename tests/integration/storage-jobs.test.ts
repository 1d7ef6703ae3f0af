import { createHash } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { memoryAdapters } from "@veza/adapters/memory"
import { Ids } from "@veza/domain/kernel"
import {
  type MigrateOptions,
  migrateStorage,
  noteGarbage,
  orphanMessage,
  removeLeftFiles,
  type StorageBackend,
  storageKeyOf,
  StorageUnavailable,
  sweepOrphans,
  sweepUploads,
  type Track,
  TrackFiles,
  type TrackPlace,
  Tracks,
  UploadId,
  Uploads
} from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, newTrack, newTrackId } from "../contracts/samples.ts"

const content = Buffer.from("what is heard")
const contentHash = createHash("sha256").update(content).digest("hex")
const newUpload = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => UploadId.make(id)
)

/** Files are written at the hour of the machine's clock: the jobs' clock is so many hours ahead of it. */
const ahead = (hours: number) => TestClock.setTime(Date.now() + hours * 3_600_000)

const write = Effect.fnUntraced(function* (place: TrackPlace) {
  const files = yield* TrackFiles
  const id = yield* newUpload
  const writer = yield* files.quarantine(id)
  yield* writer.write(content)
  yield* files.promote(id, { ...place, contentHash })
}, Effect.scoped)
const isThere = (place: TrackPlace) => TrackFiles.use((files) => files.exists(place))
const withFile = Effect.fnUntraced(function* (storageBackend: StorageBackend) {
  const track = yield* addReadyTrack((yield* addUser()).id, { storageBackend, contentHash })
  yield* write(track)
  return track
})
const without = Effect.fnUntraced(function* (storageBackend: StorageBackend) {
  const storageKey = storageKeyOf((yield* addUser()).id, yield* newTrackId, "flac")
  return { storageBackend, storageKey } satisfies TrackPlace
})
const statusOf = ({ id }: Track) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    (track) => Option.getOrThrow(track).status
  )
const quiet = () => {}
const migrate = (to: StorageBackend, more: Partial<MigrateOptions> = {}) =>
  migrateStorage({ to, limit: undefined, dryRun: false, ...more }, quiet)

layer(memoryAdapters)("files without a row", (it) => {
  it.effect("go a day after they were written and an hour after they were noticed; nothing else goes", () =>
    Effect.gen(function* () {
      const lost = yield* Effect.forEach(["local", "s3"] as const, without)
      const kept = [yield* withFile("local"), yield* withFile("s3")]
      const foreign: ReadonlyArray<TrackPlace> = [
        { storageBackend: "s3", storageKey: `${lost[0]?.storageKey}/hls/master.m3u8` },
        { storageBackend: "s3", storageKey: "doctor/1" }
      ]
      yield* Effect.forEach([...lost, ...foreign], write)
      yield* ahead(23)
      assert.strictEqual(yield* noteGarbage(), 0)
      yield* ahead(25)
      assert.strictEqual(yield* noteGarbage(), 2)
      assert.strictEqual(yield* noteGarbage(), 0)
      assert.strictEqual(yield* removeLeftFiles(), 0)
      yield* ahead(26.1)
      assert.strictEqual(yield* removeLeftFiles(), 2)
      assert.strictEqual(yield* removeLeftFiles(), 0)
      assert.deepStrictEqual(yield* Effect.forEach(lost, isThere), [false, false])
      assert.deepStrictEqual(yield* Effect.forEach([...kept, ...foreign], isThere), [true, true, true, true])
    })
  )

  it.effect("stay when a row comes to refer to them after all", () =>
    Effect.gen(function* () {
      const owner = yield* addUser()
      const track = yield* newTrack(owner.id, { storageBackend: "s3", contentHash })
      yield* write(track)
      yield* ahead(25)
      assert.strictEqual(yield* noteGarbage(), 1)
      yield* (yield* Tracks).add(track)
      yield* ahead(27)
      assert.strictEqual(yield* removeLeftFiles(), 0)
      assert.isTrue(yield* isThere(track))
    })
  )
})

layer(memoryAdapters)("quarantine", (it) => {
  it.effect("is cleared of what has had no lease for a day", () =>
    Effect.gen(function* () {
      const [files, uploads] = [yield* TrackFiles, yield* Uploads]
      const [leased, left] = [yield* newUpload, yield* newUpload]
      const expiresAt = DateTime.add(yield* DateTime.now, { days: 30_000 })
      yield* uploads.begin({ id: leased, userId: (yield* addUser()).id, expiresAt })
      for (const id of [leased, left]) yield* files.quarantine(id)
      const there = () =>
        Effect.forEach([leased, left], (quarantined) => Effect.map(files.localPath({ quarantined }), Option.isSome))
      yield* ahead(23)
      assert.strictEqual(yield* sweepUploads(), 0)
      assert.deepStrictEqual(yield* there(), [true, true])
      yield* ahead(25)
      assert.strictEqual(yield* sweepUploads(), 1)
      assert.deepStrictEqual(yield* there(), [true, false])
    })
  )
})

layer(memoryAdapters)("the sweep of orphans", (it) => {
  it.effect("looks at every track that is stuck, however many have their file", () =>
    Effect.gen(function* () {
      const { id: owner } = yield* addUser()
      const since = yield* DateTime.now
      const stuck = yield* Effect.replicateEffect(addTrack(owner, { createdAt: since }), 150)
      yield* Effect.forEach(stuck, write)
      const orphan = yield* addTrack(owner, { createdAt: DateTime.add(since, { seconds: 1 }), storageBackend: "s3" })
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* sweepOrphans(), 0)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* sweepOrphans(), 1)
      const failed = Option.getOrThrow(yield* (yield* Tracks).byId(orphan.id))
      assert.deepStrictEqual([failed.status, failed.statusMessage], ["failed", orphanMessage])
      assert.strictEqual(orphanMessage, "orphan cleanup: file missing on disk after >1h in processing")
      assert.strictEqual(yield* sweepOrphans(), 0)
      for (const track of stuck.slice(0, 3)) assert.strictEqual(yield* statusOf(track), "processing")
    })
  )

  it.effect("judges nothing in a store that does not answer, and goes on with the others", () =>
    Effect.gen(function* () {
      const files = yield* TrackFiles
      const { id: owner } = yield* addUser()
      const createdAt = yield* DateTime.now
      const distant = yield* addTrack(owner, { createdAt, storageBackend: "s3" })
      const local = yield* addTrack(owner, { createdAt: DateTime.add(createdAt, { seconds: 1 }) })
      yield* TestClock.adjust("2 hours")
      let asked = 0
      const away = TrackFiles.of({
        ...files,
        exists: (place) =>
          Effect.suspend(() => {
            if (place.storageBackend === "local") return files.exists(place)
            asked++
            return Effect.fail(new StorageUnavailable({ retryAfter: 1 }))
          })
      })
      yield* addTrack(owner, { createdAt, storageBackend: "s3" })
      assert.strictEqual(yield* Effect.provideService(sweepOrphans(), TrackFiles, away), 1)
      assert.strictEqual(asked, 1)
      assert.deepStrictEqual([yield* statusOf(distant), yield* statusOf(local)], ["processing", "failed"])
    })
  )
})

layer(memoryAdapters)("moving tracks between stores", (it) => {
  it.effect("moves what is whole, names what is not, and leaves the old file for the grace", () =>
    Effect.gen(function* () {
      const whole = yield* withFile("local")
      const damaged = yield* addReadyTrack(whole.userId, { contentHash: "0".repeat(64) })
      yield* write(damaged)
      const missing = yield* addReadyTrack(whole.userId, { contentHash })
      yield* addTrack(whole.userId, { contentHash })
      assert.deepInclude(yield* migrate("s3", { dryRun: true }), { tracks: 4, bytes: 4_000_000, moved: 0 })
      const { damaged: named, ...count } = yield* migrate("s3")
      assert.deepInclude(count, { moved: 1, missing: 1, corrupt: 1, unfinished: 1, settled: 0, busy: 0 })
      assert.deepStrictEqual(named.toSorted(), [damaged.id, missing.id].toSorted())
      assert.deepInclude(yield* migrate("s3"), { tracks: 3, moved: 0 })
      const moved: TrackPlace = { ...whole, storageBackend: "s3" }
      assert.deepStrictEqual([yield* isThere(whole), yield* isThere(moved)], [true, true])
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* removeLeftFiles(), 0)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* removeLeftFiles(), 1)
      assert.deepStrictEqual([yield* isThere(whole), yield* isThere(moved)], [false, true])
    })
  )

  it.effect("moves no more than asked for, and there and back again in the same hour loses nothing", () =>
    Effect.gen(function* () {
      const tracks = yield* Effect.replicateEffect(withFile("s3"), 5)
      assert.deepInclude(yield* migrate("local", { limit: 2 }), { moved: 2 })
      assert.deepInclude(yield* migrate("local", { limit: 2 }), { moved: 2 })
      yield* migrate("local")
      yield* migrate("s3")
      yield* TestClock.adjust("2 hours")
      yield* removeLeftFiles()
      assert.isTrue((yield* Effect.forEach(tracks, isThere)).every((there) => there))
    })
  )
})
