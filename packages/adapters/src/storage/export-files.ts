import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer, Option, Stream } from "effect"
import { ExportFiles } from "@veza/domain/accounts"
import type { StoredFile } from "@veza/domain/kernel"
import { isMissing } from "./file-cache.ts"
import { syncDirectory, writeAll } from "./local.ts"

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, "r")
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const stored = async (handle: FileHandle): Promise<StoredFile> => {
  const { size, mtime } = await handle.stat()
  return {
    size,
    modifiedAt: mtime,
    read: async (position, buffer) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead
  }
}

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
        open: Effect.fnUntraced(function* (key) {
          const handle = yield* Effect.acquireRelease(
            Effect.promise(() => openIfThere(finished(key))),
            (file) => Effect.promise(async () => file?.close())
          )
          return handle === undefined ? Option.none() : Option.some(yield* Effect.promise(() => stored(handle)))
        }),
        remove: (key) =>
          Effect.promise(async () => {
            await rm(begun(key), { force: true })
            await rm(finished(key), { force: true })
          })
      })
    })
  )
