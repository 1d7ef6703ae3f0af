import { createHash } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option, Stream } from "effect"
import { Ids } from "@veza/domain/kernel"
import { contentOf, PartialFiles, TrackFiles, UploadId } from "@veza/domain/tracks"

const newId = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => UploadId.make(id)
)
const text = (value: string) => new TextEncoder().encode(value)

const append = (id: UploadId, offset: number, value: string, apart = false) =>
  Effect.scoped(
    Effect.flatMap(
      PartialFiles.use((files) => files.append(id, { offset, apart })),
      (writer) => Effect.andThen(writer.write(text(value)), writer.sync)
    )
  )
const content = (id: UploadId) =>
  Effect.scoped(
    Effect.flatMap(
      PartialFiles.use((files) => files.open(id)),
      Option.match({
        onNone: () => Effect.succeed(undefined),
        onSome: (file) =>
          Effect.map(Stream.runCollect(contentOf(file)), (chunks) => Buffer.concat([...chunks]).toString())
      })
    )
  )

/** What every store of files that arrive in parts does. */
export const partialFilesContract = <E>(name: string, adapter: Layer.Layer<PartialFiles | TrackFiles | Ids, E>) =>
  layer(adapter)(`PartialFiles: ${name}`, (it) => {
    it.effect("puts part behind part, over as many openings as it takes", () =>
      Effect.gen(function* () {
        const id = yield* newId
        assert.isUndefined(yield* content(id))
        yield* append(id, 0, "one ")
        yield* append(id, 4, "two ")
        yield* append(id, 8, "three")
        assert.strictEqual(yield* content(id), "one two three")
      })
    )

    it.effect("cuts off what lies behind the place where it goes on", () =>
      Effect.gen(function* () {
        const id = yield* newId
        yield* append(id, 0, "kept, but not this at all")
        yield* append(id, 5, "!")
        assert.strictEqual(yield* content(id), "kept,!")
        yield* append(id, 0, "")
        assert.strictEqual(yield* content(id), "")
      })
    )

    it.effect("goes on apart: whoever had the file open writes into nothing", () =>
      Effect.gen(function* () {
        const id = yield* newId
        const files = yield* PartialFiles
        yield* append(id, 0, "kept")
        const old = yield* files.append(id, { offset: 4, apart: false })
        yield* old.write(text(" lost"))
        yield* append(id, 4, " new", true)
        yield* old.write(text(" by a ghost"))
        assert.strictEqual(yield* content(id), "kept new")
        yield* append(yield* newId, 0, "of nothing", true)
      })
    )

    it.effect("holds files that can be promoted, again and again until they are removed", () =>
      Effect.gen(function* () {
        const id = yield* newId
        const tracks = yield* TrackFiles
        yield* append(id, 0, "sound")
        const placeOf = (name: string) => ({ storageBackend: "local" as const, storageKey: `tracks/${id}/${name}.wav` })
        const contentHash = createHash("sha256").update("sound").digest("hex")
        for (const place of [placeOf("1"), placeOf("2")]) {
          yield* tracks.promote(id, { ...place, contentHash })
          assert.isTrue(yield* tracks.exists(place))
          assert.strictEqual(yield* content(id), "sound")
        }
        yield* tracks.remove(placeOf("1"))
        yield* tracks.removeQuarantined(id)
        assert.isUndefined(yield* content(id))
        assert.isTrue(yield* tracks.exists(placeOf("2")))
      })
    )
  })
