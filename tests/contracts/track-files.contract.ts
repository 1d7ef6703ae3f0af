import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, type Layer, Option } from "effect"
import { Ids, type StoredFile, UserId } from "@veza/domain/kernel"
import {
  type Delivery,
  type StorageBackend,
  storageKeyOf,
  TrackFiles,
  TrackId,
  type TrackPlace,
  TrackStorage,
  UploadId
} from "@veza/domain/tracks"
import { eventually } from "./samples.ts"

const entity = Ids.use((ids) => ids.entity)
const newUploadId = Effect.map(entity, (id) => UploadId.make(id))

/** Every byte differs from its neighbours, so that a shifted read shows. */
const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 251)
const contentHash = createHash("sha256").update(content).digest("hex")
const chunks = [content.subarray(0, 1), content.subarray(1, 65_537), content.subarray(65_537)]

const writeQuarantined = Effect.fnUntraced(function* (id: UploadId) {
  const writer = yield* (yield* TrackFiles).quarantine(id)
  yield* Effect.forEach(chunks, writer.write, { discard: true })
  yield* writer.close
})
const newPlace = (storageBackend: StorageBackend) =>
  Effect.map(Effect.all([entity, entity]), ([user, track]): TrackPlace => ({
    storageBackend,
    storageKey: storageKeyOf(UserId.make(user), TrackId.make(track), "flac")
  }))
const storeIn = Effect.fnUntraced(function* (backend: StorageBackend) {
  const [id, place] = [yield* newUploadId, yield* newPlace(backend)]
  yield* Effect.scoped(
    Effect.andThen(
      writeQuarantined(id),
      TrackFiles.use((files) => files.promote(id, { ...place, contentHash }))
    )
  )
  return place
})
const openStored = (place: TrackPlace) =>
  Effect.map(
    TrackFiles.use((files) => files.open(place)),
    Option.getOrThrow
  )
const wholeOf = (file: StoredFile) =>
  Effect.promise(async () => {
    const buffer = new Uint8Array(file.size)
    for (let position = 0; position < buffer.length;) position += await file.read(position, buffer.subarray(position))
    return Buffer.from(buffer)
  })
/** What a client gets by this delivery. */
const bytesBy = (delivery: Delivery) =>
  delivery._tag === "Here"
    ? wholeOf(delivery.file)
    : Effect.promise(async () => Buffer.from(await (await fetch(delivery.url)).arrayBuffer()))
const isThere = (file: Parameters<TrackFiles["Service"]["localPath"]>[0]) =>
  Effect.scoped(
    Effect.map(
      TrackFiles.use((files) => files.localPath(file)),
      Option.isSome
    )
  )
const bytesAt = (path: Option.Option<string>) => Effect.promise(() => readFile(Option.getOrThrow(path)))

/** What every store of track files does. */
export const trackFilesContract = <E>(
  name: string,
  adapter: Layer.Layer<TrackFiles | TrackStorage | Ids, E>,
  backend: StorageBackend
) =>
  layer(adapter, { excludeTestServices: true })(`TrackFiles: ${name}`, (it) => {
    const newKey = newPlace(backend)
    const store = () => storeIn(backend)
    const other = backend === "local" ? "s3" : "local"

    it.effect("keeps what was written in quarantine and promoted, byte for byte", () =>
      Effect.gen(function* () {
        const file = yield* openStored(yield* store())
        const buffer = new Uint8Array(content.length)
        let position = 0
        while (position < content.length) {
          const read = yield* Effect.promise(() => file.read(position, buffer.subarray(position)))
          assert.isAbove(read, 0)
          position += read
        }
        assert.strictEqual(file.size, content.length)
        assert.isTrue(Buffer.from(content).equals(buffer))
        assert.isBelow(Math.abs(file.modifiedAt.getTime() - Date.now()), 60_000)
      })
    )

    it.effect("reads from any position, as much as there is", () =>
      Effect.gen(function* () {
        const file = yield* openStored(yield* store())
        const buffer = new Uint8Array(1000)
        assert.strictEqual(yield* Effect.promise(() => file.read(70_000, buffer)), 1000)
        assert.isTrue(Buffer.from(content.subarray(70_000, 71_000)).equals(buffer))
        assert.strictEqual(yield* Effect.promise(() => file.read(content.length - 10, buffer)), 10)
        assert.isTrue(Buffer.from(content.subarray(-10)).equals(buffer.subarray(0, 10)))
        assert.strictEqual(yield* Effect.promise(() => file.read(content.length, buffer)), 0)
      })
    )

    it.effect("removes a quarantined file when its scope closes, unless it was promoted", () =>
      Effect.gen(function* () {
        const id = yield* newUploadId
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* writeQuarantined(id)
            assert.isTrue(yield* isThere({ quarantined: id }))
          })
        )
        assert.isFalse(yield* isThere({ quarantined: id }))
        assert.isTrue(yield* isThere({ stored: yield* store() }))
      })
    )

    it.effect("removes a quarantined file on request, and does not mind that it is gone", () =>
      Effect.gen(function* () {
        const files = yield* TrackFiles
        const id = yield* newUploadId
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* writeQuarantined(id)
            yield* files.removeQuarantined(id)
            assert.isFalse(yield* isThere({ quarantined: id }))
            yield* files.removeQuarantined(id)
          })
        )
      })
    )

    it.effect("removes a stored file on request, and does not mind that it is gone", () =>
      Effect.gen(function* () {
        const files = yield* TrackFiles
        const key = yield* store()
        for (const _ of [1, 2]) {
          yield* files.remove(key)
          assert.isTrue(Option.isNone(yield* files.open(key)))
          assert.isFalse(yield* isThere({ stored: key }))
        }
      })
    )

    it.effect("does not open what was never stored", () =>
      Effect.gen(function* () {
        assert.isTrue(Option.isNone(yield* (yield* TrackFiles).open(yield* newKey)))
        assert.isFalse(yield* isThere({ quarantined: yield* newUploadId }))
      })
    )

    it.effect("gives tools a path to the content, quarantined or stored", () =>
      Effect.gen(function* () {
        const files = yield* TrackFiles
        const id = yield* newUploadId
        yield* writeQuarantined(id)
        for (const file of [{ quarantined: id }, { stored: yield* store() }]) {
          assert.isTrue(Buffer.from(content).equals(yield* bytesAt(yield* files.localPath(file))))
        }
      })
    )

    it.effect("delivers the content to clients, and says where there is none", () =>
      Effect.gen(function* () {
        const files = yield* TrackFiles
        const terms = { method: "GET", contentType: "audio/flac", lifetime: Duration.minutes(15) } as const
        const place = yield* store()
        const delivery = Option.getOrThrow(yield* files.deliver(place, terms))
        assert.isTrue(Buffer.from(content).equals(yield* bytesBy(delivery)))
        const nowhere = yield* newKey
        const isMissing = Effect.map(files.deliver(nowhere, terms), Option.isNone)
        assert.isTrue(yield* eventually(isMissing))
      })
    )

    it.effect("tells whether a file is there", () =>
      Effect.gen(function* () {
        const files = yield* TrackFiles
        assert.isTrue(yield* files.exists(yield* store()))
        assert.isFalse(yield* files.exists(yield* newKey))
      })
    )

    it.effect("lists what is stored by key, page by page", () =>
      Effect.gen(function* () {
        const storage = yield* TrackStorage
        const keys = (yield* Effect.replicateEffect(store(), 5)).map(({ storageKey }) => storageKey)
        const found: Array<string> = []
        for (;;) {
          const page = yield* storage.list(backend, found.at(-1), 2)
          found.push(...page.map(({ key }) => key))
          for (const { modifiedAt } of page) {
            assert.isBelow(Math.abs(DateTime.toEpochMillis(modifiedAt) - Date.now()), 60_000)
          }
          if (page.length < 2) break
        }
        assert.deepStrictEqual(found, found.toSorted())
        assert.deepStrictEqual(
          keys.filter((key) => !found.includes(key)),
          []
        )
      })
    )

    it.effect("copies between stores, verified; and the copy may replace another", () =>
      Effect.gen(function* () {
        const [files, storage] = [yield* TrackFiles, yield* TrackStorage]
        if (!storage.backends.includes(other)) return
        const place = yield* store()
        const target: TrackPlace = { ...place, storageBackend: other }
        for (const _ of [1, 2]) {
          assert.strictEqual(yield* storage.copy({ ...place, contentHash }, other), "copied")
          assert.isTrue(Buffer.from(content).equals(yield* wholeOf(yield* openStored(target))))
        }
        yield* files.remove(place)
        assert.isTrue(yield* files.exists(target))
        assert.strictEqual(yield* storage.copy({ ...target, contentHash }, backend), "copied")
        assert.isTrue(Buffer.from(content).equals(yield* wholeOf(yield* openStored(place))))
      })
    )

    it.effect("copies nothing that is missing, or is not what its hash says", () =>
      Effect.gen(function* () {
        const [files, storage] = [yield* TrackFiles, yield* TrackStorage]
        if (!storage.backends.includes(other)) return
        assert.strictEqual(yield* storage.copy({ ...(yield* newKey), contentHash }, other), "missing")
        const place = yield* store()
        assert.strictEqual(yield* storage.copy({ ...place, contentHash: "0".repeat(64) }, other), "corrupt")
        assert.isFalse(yield* files.exists({ ...place, storageBackend: other }))
      })
    )

    it.effect("knows what lies in quarantine without being written to", () =>
      Effect.gen(function* () {
        const storage = yield* TrackStorage
        const [id, second] = [yield* newUploadId, yield* newUploadId]
        yield* writeQuarantined(id)
        yield* writeQuarantined(second)
        const now = yield* DateTime.now
        const idsBefore = (before: DateTime.Utc, after?: UploadId, limit = 1000) =>
          storage.quarantined(before, after, limit)
        const all = yield* idsBefore(DateTime.add(now, { minutes: 1 }))
        assert.includeMembers([...all], [id, second])
        const [first, next] = [id, second].toSorted()
        assert.notInclude([...(yield* idsBefore(DateTime.add(now, { minutes: 1 }), first))], first)
        assert.include([...(yield* idsBefore(DateTime.add(now, { minutes: 1 }), first))], next)
        assert.notInclude([...(yield* idsBefore(DateTime.subtract(now, { minutes: 1 })))], id)
      })
    )
  })
