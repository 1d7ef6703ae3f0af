import { readFile } from "node:fs/promises"
import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { Ids, UserId } from "@veza/domain/kernel"
import { storageKeyOf, TrackFiles, TrackId, UploadId } from "@veza/domain/tracks"

const entity = Ids.use((ids) => ids.entity)
const newUploadId = Effect.map(entity, (id) => UploadId.make(id))
const newKey = Effect.map(Effect.all([entity, entity]), ([user, track]) =>
  storageKeyOf(UserId.make(user), TrackId.make(track), "flac")
)

/** Every byte differs from its neighbours, so that a shifted read shows. */
const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 251)
const chunks = [content.subarray(0, 1), content.subarray(1, 65_537), content.subarray(65_537)]

const writeQuarantined = Effect.fnUntraced(function* (id: UploadId) {
  const writer = yield* (yield* TrackFiles).quarantine(id)
  yield* Effect.forEach(chunks, writer.write, { discard: true })
  yield* writer.close
})
const store = Effect.fnUntraced(function* () {
  const [id, key] = [yield* newUploadId, yield* newKey]
  yield* Effect.scoped(
    Effect.andThen(
      writeQuarantined(id),
      TrackFiles.use((files) => files.promote(id, key))
    )
  )
  return key
})
const openStored = (key: string) =>
  Effect.map(
    TrackFiles.use((files) => files.open(key)),
    Option.getOrThrow
  )
const isThere = (file: Parameters<TrackFiles["Service"]["localPath"]>[0]) =>
  Effect.scoped(
    Effect.map(
      TrackFiles.use((files) => files.localPath(file)),
      Option.isSome
    )
  )
const bytesAt = (path: Option.Option<string>) => Effect.promise(() => readFile(Option.getOrThrow(path)))

/** What every store of track files does. */
export const trackFilesContract = <E>(name: string, adapter: Layer.Layer<TrackFiles | Ids, E>) =>
  layer(adapter)(`TrackFiles: ${name}`, (it) => {
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
  })
