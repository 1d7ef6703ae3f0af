import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import { copyFile, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { PartialFiles, type UploadId } from "@veza/domain/tracks"
import { syncDirectory, writeAll } from "./durable.ts"
import { isMissing } from "./file-cache.ts"
import { openStored } from "./open-file.ts"
import { quarantinePath } from "./quarantine.ts"

/** Puts a copy of the first `length` bytes in the place of a file; whoever has it open keeps the old one, without a name. */
const setApart = async (path: string, copy: string, length: number): Promise<void> => {
  try {
    await copyFile(path, copy, constants.COPYFILE_FICLONE)
    const handle = await open(copy, "r+")
    try {
      await handle.truncate(length)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(copy, path)
  } catch (error) {
    await rm(copy, { force: true })
    if (!isMissing(error)) throw error
  }
}

/** Files of resumable uploads, in the same `quarantine/` as those of forms. */
export const localPartialFiles = (root: string) =>
  Layer.effect(
    PartialFiles,
    Effect.gen(function* () {
      const directory = join(root, "quarantine")
      const copies = join(root, "copies")
      for (const folder of [directory, copies]) {
        yield* Effect.promise(() => mkdir(folder, { recursive: true, mode: 0o700 }))
      }

      const openFor = async (id: UploadId, offset: number, apart: boolean): Promise<FileHandle> => {
        const path = quarantinePath(directory, id)
        if (apart) await setApart(path, join(copies, randomUUID()), offset)
        const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
        await handle.truncate(offset)
        if (offset === 0) await syncDirectory(directory)
        return handle
      }
      const closing = (handle: FileHandle) => Effect.promise(() => handle.close())

      return PartialFiles.of({
        append: (id, { offset, apart }) =>
          Effect.map(
            Effect.acquireRelease(
              Effect.promise(() => openFor(id, offset, apart)),
              closing
            ),
            (handle) => {
              let position = offset
              return {
                write: (chunk) =>
                  Effect.promise(async () => {
                    await writeAll(handle, chunk, position)
                    position += chunk.length
                  }),
                sync: Effect.promise(() => handle.datasync())
              }
            }
          ),
        open: (id) => openStored(quarantinePath(directory, id))
      })
    })
  )
