import type { StatementSource } from "@veza/domain/royalties"

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252"

/** As much of a file as its header and what stands above it may take. */
const headBytes = 64 * 1024

const markOf = (bytes: Uint8Array): Encoding | undefined => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le"
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be"
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "utf-8" : undefined
}

/** Is the whole file text in this encoding? Reads it once. */
const isText = async (source: StatementSource, encoding: Encoding): Promise<boolean> => {
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for await (const chunk of source.chunks()) decoder.decode(chunk, { stream: true })
    decoder.decode()
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

const firstBytes = async (source: StatementSource): Promise<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of source.chunks()) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= headBytes) break
  }
  return Buffer.concat(chunks).subarray(0, headBytes)
}

/**
 * How a file is written, and the text of its beginning; undefined when it is no text that is understood. A byte order mark
 * decides; without one it is UTF-8 if all of it is, otherwise Windows-1252, which Latin-1 files are read as.
 */
export const encodingOf = async (
  source: StatementSource
): Promise<{ readonly encoding: Encoding; readonly head: string } | undefined> => {
  const bytes = await firstBytes(source)
  const mark = markOf(bytes)
  const isUtf8 = mark === undefined ? await isText(source, "utf-8") : undefined
  if (mark !== undefined && !(await isText(source, mark))) return undefined
  const encoding = mark ?? (isUtf8 === true ? "utf-8" : "windows-1252")
  const head = new TextDecoder(encoding).decode(bytes)
  return head.includes("\0") ? undefined : { encoding, head }
}
