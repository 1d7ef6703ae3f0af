import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { access, type FileHandle, open } from "node:fs/promises"
import { isMissing } from "./file-cache.ts"

/** A rename survives a power cut only when its directory was synced. */
export const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes the whole chunk, however many writes that takes: at `position`, or behind what was written before. */
export const writeAll = async (handle: FileHandle, chunk: Uint8Array, position?: number): Promise<void> => {
  for (let written = 0; written < chunk.length;) {
    const at = position === undefined ? null : position + written
    written += (await handle.write(chunk, written, chunk.length - written, at)).bytesWritten
  }
}

export const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** SHA-256 of a stream, in lower-case hexadecimal. */
export const sha256Of = async (content: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash("sha256")
  for await (const chunk of content) hash.update(chunk)
  return hash.digest("hex")
}

/** SHA-256 of a file; undefined where there is none. */
export const sha256OfFile = async (path: string, signal: AbortSignal): Promise<string | undefined> => {
  try {
    return await sha256Of(createReadStream(path, { highWaterMark: 256 * 1024, signal }))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
