import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, type Layer, Option, Stream } from "effect"
import { ExportFiles } from "@veza/domain/accounts"
import { Ids } from "@veza/domain/kernel"

const newKey = Ids.use((ids) => Effect.map(ids.entity, (id) => `${id}-1`))
const chunks = (...texts: ReadonlyArray<string>) => Stream.fromIterable(texts.map((text) => Buffer.from(text)))

const contentOf = Effect.fnUntraced(function* (key: string) {
  const file = yield* (yield* ExportFiles).open(key)
  if (Option.isNone(file)) return undefined
  const buffer = Buffer.alloc(file.value.size)
  yield* Effect.promise(() => file.value.read(0, buffer))
  return buffer.toString()
}, Effect.scoped)

/** What every store of exports' files does. */
export const exportFilesContract = <E>(name: string, adapter: Layer.Layer<ExportFiles | Ids, E>) =>
  layer(adapter, { excludeTestServices: true })(`ExportFiles: ${name}`, (it) => {
    it.effect("gives back what was written, and its size", () =>
      Effect.gen(function* () {
        const files = yield* ExportFiles
        const key = yield* newKey
        assert.isUndefined(yield* contentOf(key))
        assert.strictEqual(yield* files.write(key, chunks("one, ", "two")), 8)
        assert.strictEqual(yield* contentOf(key), "one, two")
        const part = Buffer.alloc(3)
        yield* Effect.scoped(
          Effect.flatMap(files.open(key), (file) => Effect.promise(() => Option.getOrThrow(file).read(5, part)))
        )
        assert.strictEqual(part.toString(), "two")
      })
    )

    it.effect("keeps nothing of a file that breaks off, by a fault or an interruption", () =>
      Effect.gen(function* () {
        const files = yield* ExportFiles
        const key = yield* newKey
        const broken = Stream.concat(chunks("half"), Stream.fromEffect(Effect.die("gone")))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(files.write(key, broken))))
        const writing = yield* Effect.forkChild(files.write(key, Stream.concat(chunks("half"), Stream.never)))
        yield* Effect.sleep("20 millis")
        yield* Fiber.interrupt(writing)
        assert.isUndefined(yield* contentOf(key))
        yield* files.write(key, chunks("whole"))
        assert.strictEqual(yield* contentOf(key), "whole")
      })
    )

    it.effect("removes a file, again if need be, while somebody reads it", () =>
      Effect.gen(function* () {
        const files = yield* ExportFiles
        const key = yield* newKey
        yield* files.write(key, chunks("read on"))
        const reading = Effect.gen(function* () {
          const file = Option.getOrThrow(yield* files.open(key))
          yield* files.remove(key)
          const buffer = Buffer.alloc(file.size)
          yield* Effect.promise(() => file.read(0, buffer))
          return buffer.toString()
        })
        assert.strictEqual(yield* Effect.scoped(reading), "read on")
        yield* files.remove(key)
        assert.isUndefined(yield* contentOf(key))
      })
    )
  })
