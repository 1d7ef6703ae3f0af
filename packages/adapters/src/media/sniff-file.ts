import { type FileHandle, open } from "node:fs/promises"

import { type AudioFormat, id3v2End, sniffAudioFormat, sniffLength } from "@veza/domain/tracks"

/** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
export const readAt = async (handle: FileHandle, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/**
 * Judges the format of a file by its bytes, looking behind an ID3 tag that is longer than the part one usually looks
 * at. Rejects with the file system's error when the file cannot be read.
 */
export const sniffAudioFile = async (file: string): Promise<AudioFormat | undefined> => {
  const handle = await open(file, "r")
  try {
    const head = await readAt(handle, 0, sniffLength)
    const tagEnd = id3v2End(head)
    if (tagEnd + 4 <= head.length) return sniffAudioFormat(head)
    const behind = sniffAudioFormat(await readAt(handle, tagEnd, sniffLength))
    return behind === "mp3" || behind === "flac" || behind === "aac" ? behind : undefined
  } finally {
    await handle.close()
  }
}
