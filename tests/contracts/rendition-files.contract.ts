import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option, Stream } from "effect"
import { Ids, UserId } from "@veza/domain/kernel"
import { BuildId, type RenditionFile, RenditionFiles, type RenditionSet, TrackId } from "@veza/domain/tracks"

const entity = Ids.use((ids) => ids.entity)
const newSet = Effect.gen(function* () {
  return {
    userId: UserId.make(yield* entity),
    trackId: TrackId.make(yield* entity),
    build: BuildId.make(yield* entity)
  } satisfies RenditionSet
})
const another = (set: RenditionSet) => Effect.map(entity, (id) => ({ ...set, build: BuildId.make(id) }))

const init: RenditionFile = { rendition: "aac-64", file: "init.mp4" }
const segment: RenditionFile = { rendition: "flac", file: "seg-00000.m4s" }
const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 251)

const write = Effect.fnUntraced(function* (set: RenditionSet) {
  const writer = yield* (yield* RenditionFiles).begin(set)
  yield* writer.write(init, bytes.subarray(0, 10))
  yield* writer.write(segment, bytes)
  return writer
})
const publish = (set: RenditionSet) => Effect.scoped(Effect.flatMap(write(set), (writer) => writer.publish))
const isThere = (set: RenditionSet, file: RenditionFile = segment) =>
  Effect.scoped(
    Effect.map(
      RenditionFiles.use((files) => files.open(set, file)),
      Option.isSome
    )
  )
const builds = Effect.flatMap(RenditionFiles, ({ sets }) => Stream.runCollect(sets))

/** What every store of renditions does. */
export const renditionFilesContract = <E>(name: string, adapter: Layer.Layer<RenditionFiles | Ids, E>) =>
  layer(adapter)(`RenditionFiles: ${name}`, (it) => {
    it.effect("keeps the files of a published set, byte for byte", () =>
      Effect.gen(function* () {
        const set = yield* newSet
        yield* publish(set)
        const file = Option.getOrThrow(yield* (yield* RenditionFiles).open(set, segment))
        const buffer = new Uint8Array(bytes.length)
        let filled = 0
        while (filled < bytes.length) {
          const read = yield* Effect.promise(() => file.read(filled, buffer.subarray(filled)))
          assert.isAbove(read, 0)
          filled += read
        }
        assert.strictEqual(file.size, bytes.length)
        assert.isTrue(Buffer.from(bytes).equals(buffer))
        assert.isTrue(yield* isThere(set, init))
        assert.isFalse(yield* isThere(set, { rendition: "aac-128", file: "init.mp4" }))
      })
    )

    it.effect("shows nothing of a set before it is published", () =>
      Effect.gen(function* () {
        const set = yield* newSet
        const writer = yield* write(set)
        assert.isFalse(yield* isThere(set))
        yield* writer.publish
        assert.isTrue(yield* isThere(set))
      })
    )

    it.effect("removes what was begun and not published with its scope", () =>
      Effect.gen(function* () {
        const set = yield* newSet
        yield* Effect.scoped(
          Effect.flatMap(write(set), () => Effect.map(builds, (all) => assert.deepInclude(all, set)))
        )
        assert.notDeepInclude(yield* builds, set)
        yield* publish(set)
        assert.isTrue(yield* isThere(set))
      })
    )

    it.effect("removes a set, published or begun, and does not mind that it is gone", () =>
      Effect.gen(function* () {
        const files = yield* RenditionFiles
        const [set, begun] = [yield* newSet, yield* newSet]
        yield* publish(set)
        yield* write(begun)
        for (const one of [set, begun, set]) yield* files.remove(one)
        assert.isFalse(yield* isThere(set))
        const left = yield* builds
        for (const one of [set, begun]) assert.notDeepInclude(left, one)
      })
    )

    it.effect("removes everything of one track and nothing of others", () =>
      Effect.gen(function* () {
        const files = yield* RenditionFiles
        const [set, other] = [yield* newSet, yield* newSet]
        const [second, sibling] = [yield* another(set), { ...(yield* newSet), userId: set.userId }]
        for (const one of [set, second, sibling, other]) yield* publish(one)
        for (const _ of [1, 2]) yield* files.removeAll(set)
        assert.deepStrictEqual(yield* Effect.forEach([set, second, sibling, other], (one) => isThere(one)), [
          false,
          false,
          true,
          true
        ])
      })
    )

    it.effect("lists every set", () =>
      Effect.gen(function* () {
        const [set, begun] = [yield* newSet, yield* newSet]
        const second = yield* another(set)
        for (const one of [set, second]) yield* publish(one)
        yield* write(begun)
        const listed = yield* builds
        for (const one of [set, second, begun]) assert.deepInclude(listed, one)
      })
    )
  })
