import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { ImageFiles, imageKeyOf } from "@veza/domain/accounts"
import { Ids, UserId } from "@veza/domain/kernel"

const entity = Ids.use((ids) => ids.entity)
const newKey = Effect.map(Effect.all([entity, entity]), ([user, image]) => imageKeyOf(UserId.make(user), image))
const content = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 251)

/** What every store of images does. */
export const imageFilesContract = <E>(name: string, adapter: Layer.Layer<ImageFiles | Ids, E>) =>
  layer(adapter)(`ImageFiles: ${name}`, (it) => {
    it.effect("keeps what was written, byte for byte, each under its key", () =>
      Effect.gen(function* () {
        const files = yield* ImageFiles
        const [key, other] = [yield* newKey, yield* newKey]
        yield* files.write(key, content)
        yield* files.write(other, content.subarray(0, 10))
        assert.isTrue(Buffer.from(content).equals(Option.getOrThrow(yield* files.read(key))))
        assert.lengthOf(Option.getOrThrow(yield* files.read(other)), 10)
      })
    )

    it.effect("does not read what was never written, or was removed; removing twice is no mistake", () =>
      Effect.gen(function* () {
        const files = yield* ImageFiles
        const key = yield* newKey
        assert.isTrue(Option.isNone(yield* files.read(key)))
        yield* files.write(key, content)
        yield* files.remove(key)
        yield* files.remove(key)
        assert.isTrue(Option.isNone(yield* files.read(key)))
      })
    )

    it.effect("shows nobody half an image while it is written", () =>
      Effect.gen(function* () {
        const files = yield* ImageFiles
        const key = yield* newKey
        const [, ...seen] = yield* Effect.all(
          [files.write(key, content), ...Array.from({ length: 20 }, () => files.read(key))] as const,
          { concurrency: "unbounded" }
        )
        for (const one of seen) {
          if (one !== undefined && Option.isSome(one)) assert.lengthOf(one.value, content.length)
        }
      })
    )
  })
