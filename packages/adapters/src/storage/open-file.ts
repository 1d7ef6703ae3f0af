import { type FileHandle, open } from "node:fs/promises"
import { Effect, Option } from "effect"
import type { StoredFile } from "@veza/domain/kernel"
import { isMissing } from "./file-cache.ts"

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

/** A file for one reader, open as long as the scope lives. */
export const openStored = Effect.fnUntraced(function* (path: string) {
  const handle = yield* Effect.acquireRelease(
    Effect.promise(() => openIfThere(path)),
    (file) => Effect.promise(async () => file?.close())
  )
  return handle === undefined ? Option.none<StoredFile>() : Option.some(yield* Effect.promise(() => stored(handle)))
})
