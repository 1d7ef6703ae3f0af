import type { FileHandle } from "node:fs/promises"

import { readAt } from "./sniff-file.ts"

/** How uncompressed samples lie in a file. */
export interface PcmLayout {
  readonly encoding: "signed" | "unsigned" | "float"
  readonly littleEndian: boolean
  readonly bytesPerSample: number
  readonly channels: number
  readonly sampleRate: number
  /** Byte at which the first frame starts. */
  readonly start: number
  /** Whole frames that are really in the file. */
  readonly frames: number
}

interface Chunk {
  readonly id: string
  readonly start: number
  readonly length: number
}

const maxChunks = 1000
const maxChannels = 64
const maxHeaderBytes = 4096

/** Lists the chunks of a RIFF or IFF file; 0xffffffff as a length means "see elsewhere", here the end of the file. */
const listChunks = async (handle: FileHandle, size: number, littleEndian: boolean): Promise<ReadonlyArray<Chunk>> => {
  const chunks: Array<Chunk> = []
  let at = 12
  while (at + 8 <= size && chunks.length < maxChunks) {
    const head = await readAt(handle, at, 8)
    if (head.length < 8) break
    const stated = littleEndian ? head.readUInt32LE(4) : head.readUInt32BE(4)
    const length = Math.min(stated, size - at - 8)
    chunks.push({ id: head.toString("latin1", 0, 4), start: at + 8, length })
    at += 8 + length + (length % 2)
  }
  return chunks
}

const layoutOf = (
  shape: Omit<PcmLayout, "frames">,
  bytes: number,
  sizes: ReadonlyArray<number>
): PcmLayout | undefined => {
  const { bytesPerSample, channels, sampleRate } = shape
  if (!sizes.includes(bytesPerSample) || channels < 1 || channels > maxChannels) return undefined
  if (!(sampleRate >= 1 && sampleRate <= 10_000_000)) return undefined
  return { ...shape, frames: Math.max(0, Math.floor(bytes / (bytesPerSample * channels))) }
}

const integerSizes = [1, 2, 3, 4]
const floatSizes = [4, 8]
const extensible = 0xfffe

const readWave = async (handle: FileHandle, size: number): Promise<PcmLayout | undefined> => {
  const chunks = await listChunks(handle, size, true)
  const format = chunks.find(({ id }) => id === "fmt ")
  const data = chunks.find(({ id }) => id === "data")
  if (format === undefined || data === undefined || format.length < 16) return undefined
  const body = await readAt(handle, format.start, Math.min(format.length, maxHeaderBytes))
  const stated = body.readUInt16LE(0)
  const tag = stated === extensible && body.length >= 26 ? body.readUInt16LE(24) : stated
  if (tag !== 1 && tag !== 3) return undefined
  const channels = body.readUInt16LE(2)
  const bytesPerSample = channels === 0 ? 0 : body.readUInt16LE(12) / channels
  return layoutOf(
    {
      encoding: tag === 3 ? "float" : bytesPerSample === 1 ? "unsigned" : "signed",
      littleEndian: true,
      bytesPerSample,
      channels,
      sampleRate: body.readUInt32LE(4),
      start: data.start
    },
    data.length,
    tag === 3 ? floatSizes : integerSizes
  )
}

/** An 80-bit extended float, as AIFF writes sample rates. */
const extendedFloat = (bytes: Buffer, at: number): number => {
  const exponent = (bytes.readUInt16BE(at) & 0x7fff) - 16_383
  return bytes.readUInt32BE(at + 2) * 2 ** (exponent - 31) + bytes.readUInt32BE(at + 6) * 2 ** (exponent - 63)
}

const readAiff = async (handle: FileHandle, size: number): Promise<PcmLayout | undefined> => {
  const chunks = await listChunks(handle, size, false)
  const common = chunks.find(({ id }) => id === "COMM")
  const sound = chunks.find(({ id }) => id === "SSND")
  if (common === undefined || sound === undefined || common.length < 18 || sound.length < 8) return undefined
  const body = await readAt(handle, common.start, Math.min(common.length, maxHeaderBytes))
  const offset = (await readAt(handle, sound.start, 4)).readUInt32BE(0)
  const compression = body.length >= 22 ? body.toString("latin1", 18, 22) : "NONE"
  const float = /^fl(?:32|64)$/i.test(compression)
  if (!float && !["NONE", "twos", "sowt", "in24", "in32"].includes(compression)) return undefined
  return layoutOf(
    {
      encoding: float ? "float" : "signed",
      littleEndian: compression === "sowt",
      bytesPerSample: Math.ceil(body.readUInt16BE(6) / 8),
      channels: body.readUInt16BE(0),
      sampleRate: extendedFloat(body, 8),
      start: sound.start + 8 + offset
    },
    sound.length - 8 - offset,
    float ? floatSizes : integerSizes
  )
}

/**
 * Finds the samples of an uncompressed WAV (RIFF, RF64, BW64) or AIFF file; undefined when they are compressed or the
 * headers make no sense.
 */
export const readPcmLayout = async (handle: FileHandle, format: "wav" | "aiff"): Promise<PcmLayout | undefined> => {
  const { size } = await handle.stat()
  return format === "wav" ? readWave(handle, size) : readAiff(handle, size)
}
