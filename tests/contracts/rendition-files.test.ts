import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Stream } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { renditionFilesMemory } from "@veza/adapters/memory"
import { localRenditionFiles } from "@veza/adapters/storage"
import { Ids, UserId } from "@veza/domain/kernel"
import { BuildId, RenditionFiles, TrackId } from "@veza/domain/tracks"
import { renditionFilesContract } from "./rendition-files.contract.ts"

const temporary = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "veza-renditions-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

renditionFilesContract("memory", Layer.merge(renditionFilesMemory, idsCrypto))
renditionFilesContract(
  "local directory",
  Layer.merge(Layer.unwrap(Effect.map(temporary, localRenditionFiles)), idsCrypto)
)

const newSet = Effect.gen(function* () {
  const { entity } = yield* Ids
  return {
    userId: UserId.make(yield* entity),
    trackId: TrackId.make(yield* entity),
    build: BuildId.make(yield* entity)
  }
}).pipe(Effect.provide(idsCrypto))
const init = { rendition: "flac", file: "init.mp4" } as const

it.effect("RenditionFiles: local directory: does not make a set again that was removed while it was written", () =>
  Effect.gen(function* () {
    const directory = yield* temporary
    const set = yield* newSet
    const work = Effect.gen(function* () {
      const files = yield* RenditionFiles
      const writer = yield* files.begin(set)
      yield* writer.write(init, Buffer.from("first"))
      yield* files.removeAll(set)
      return [
        yield* Effect.exit(writer.write({ ...init, file: "seg-00000.m4s" }, Buffer.from("second"))),
        yield* Effect.exit(writer.publish)
      ].map(Exit.isFailure)
    })
    assert.deepStrictEqual(yield* Effect.scoped(Effect.provide(work, localRenditionFiles(directory))), [true, true])
    assert.deepStrictEqual(yield* Effect.promise(() => readdir(join(directory, "hls"))), [])
  }).pipe(Effect.scoped)
)

it.effect("RenditionFiles: local directory: takes no names but those of renditions, and no folders but sets", () =>
  Effect.gen(function* () {
    const directory = yield* temporary
    yield* Effect.promise(() => mkdir(join(directory, "hls", "lost+found", "x", "y"), { recursive: true }))
    const set = yield* newSet
    const work = Effect.gen(function* () {
      const files = yield* RenditionFiles
      const opened = yield* Effect.exit(files.open(set, { rendition: "flac", file: "../../../etc/passwd" }))
      return { opened: Exit.isFailure(opened), sets: yield* Stream.runCollect(files.sets) }
    })
    const found = yield* Effect.scoped(Effect.provide(work, localRenditionFiles(directory)))
    assert.deepStrictEqual(found, { opened: true, sets: [] })
  }).pipe(Effect.scoped)
)
