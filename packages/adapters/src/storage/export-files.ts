import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer, Stream } from "effect"
import { ExportFiles } from "@veza/domain/accounts"
import { syncDirectory, writeAll } from "./durable.ts"
import { openStored } from "./open-file.ts"

/** Exports as files of one directory: `{key}.part` while it is written, `{key}.zip` once it is whole and durable. */
export const localExportFiles = (directory: string) =>
  Layer.effect(
    ExportFiles,
    Effect.gen(function* () {
      yield* Effect.promise(() => mkdir(directory, { recursive: true, mode: 0o700 }))
      const begun = (key: string) => join(directory, `${key}.part`)
      const finished = (key: string) => join(directory, `${key}.zip`)

      const publish = async (key: string, handle: FileHandle): Promise<number> => {
        await handle.sync()
        const { size } = await handle.stat()
        await rename(begun(key), finished(key))
        await syncDirectory(directory)
        return size
      }

      return ExportFiles.of({
        write: Effect.fnUntraced(function* (key, content) {
          const handle = yield* Effect.acquireRelease(
            Effect.promise(() => open(begun(key), "w", 0o600)),
            (file) => Effect.promise(() => file.close().then(() => rm(begun(key), { force: true })))
          )
          yield* Stream.runForEach(content, (chunk) => Effect.promise(() => writeAll(handle, chunk)))
          return yield* Effect.promise(() => publish(key, handle))
        }, Effect.scoped),
        open: (key) => openStored(finished(key)),
        remove: (key) =>
          Effect.promise(async () => {
            await rm(begun(key), { force: true })
            await rm(finished(key), { force: true })
          })
      })
    })
  )
