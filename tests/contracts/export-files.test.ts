import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { idsCrypto } from "@veza/adapters/crypto"
import { exportFilesMemory } from "@veza/adapters/memory"
import { localExportFiles } from "@veza/adapters/storage"
import { ExportFiles } from "@veza/domain/accounts"
import { exportFilesContract } from "./export-files.contract.ts"

const temporary = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "veza-exports-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

exportFilesContract("memory", Layer.merge(exportFilesMemory, idsCrypto))
exportFilesContract("local directory", Layer.merge(Layer.unwrap(Effect.map(temporary, localExportFiles)), idsCrypto))

it.effect("ExportFiles: local directory: holds nothing but finished files", () =>
  Effect.gen(function* () {
    const directory = yield* temporary
    const broken = Stream.concat(Stream.make(Buffer.from("half")), Stream.fromEffect(Effect.die("gone")))
    const work = Effect.flatMap(ExportFiles, (files) =>
      Effect.andThen(
        files.write("whole-1", Stream.make(Buffer.from("x"))),
        Effect.exit(files.write("broken-1", broken))
      )
    )
    yield* Effect.provide(work, localExportFiles(directory))
    assert.deepStrictEqual(yield* Effect.promise(() => readdir(directory)), ["whole-1.zip"])
  }).pipe(Effect.scoped)
)
