import { hasAscii } from "./audio-container.ts"

const maxTags = 4

/**
 * Where the ID3v2 tags at the start of a file end, in bytes; 0 when there is none. May lie beyond the given bytes, for
 * a tag tells its length up front (ID3v2.4 §3.1: 28-bit synchsafe size, header and optional footer of 10 bytes each).
 */
export const id3v2End = (head: Uint8Array): number => {
  let end = 0
  for (let i = 0; i < maxTags; i++) {
    if (!hasAscii(head, end, "ID3") || end + 10 > head.length) return end
    const [major = 0xff, revision = 0xff, flags = 0, a = 0x80, b = 0x80, c = 0x80, d = 0x80] = head.subarray(end + 3)
    if (major === 0xff || revision === 0xff || ((a | b | c | d) & 0x80) !== 0) return end
    end += 10 + ((a << 21) | (b << 14) | (c << 7) | d) + ((flags & 0x10) === 0 ? 0 : 10)
  }
  return end
}

const kbitsMpeg1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const kbitsMpeg2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const sampleRates = [44_100, 48_000, 32_000]

interface Frame {
  readonly length: number
  /** What stays the same from frame to frame of one stream. */
  readonly kind: number
}

/** Reads an MPEG audio layer III frame header (ISO/IEC 11172-3, 13818-3 and the 2.5 extension). */
const mpegFrame = (bytes: Uint8Array, at: number): Frame | undefined => {
  const [sync = 0, second = 0, third = 0, fourth] = bytes.subarray(at, at + 4)
  if (fourth === undefined || sync !== 0xff || (second & 0xe0) !== 0xe0) return undefined
  const version = (second >> 3) & 3
  if (version === 1 || ((second >> 1) & 3) !== 1) return undefined
  const kbits = (version === 3 ? kbitsMpeg1 : kbitsMpeg2)[third >> 4]
  const baseRate = sampleRates[(third >> 2) & 3]
  if (kbits === undefined || kbits === 0 || baseRate === undefined) return undefined
  const sampleRate = version === 3 ? baseRate : version === 2 ? baseRate / 2 : baseRate / 4
  const length = Math.floor(((version === 3 ? 144 : 72) * kbits * 1000) / sampleRate) + ((third >> 1) & 1)
  return { length, kind: (version << 2) | ((third >> 2) & 3) }
}

/** Reads an ADTS frame header (ISO/IEC 13818-7 §6.2). */
const adtsFrame = (bytes: Uint8Array, at: number): Frame | undefined => {
  const [sync = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth] = bytes.subarray(at, at + 6)
  if (sixth === undefined || sync !== 0xff || (second & 0xf6) !== 0xf0) return undefined
  const rate = (third >> 2) & 15
  const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5)
  return rate > 12 || length < 7 ? undefined : { length, kind: ((second & 8) << 4) | rate }
}

type ReadFrame = (bytes: Uint8Array, at: number) => Frame | undefined

/** Whether `count` frames of one kind follow each other from `at` on. */
const hasFrames = (read: ReadFrame, bytes: Uint8Array, at: number, count: number): boolean => {
  const first = read(bytes, at)
  let next = at
  for (let i = 0; i < count; i++) {
    const frame = read(bytes, next)
    if (frame === undefined || frame.kind !== first?.kind) return false
    next += frame.length
  }
  return true
}

/** Whether an ADTS stream (two frames in a row at least) starts at `at`. */
export const startsWithAdts = (bytes: Uint8Array, at: number): boolean => hasFrames(adtsFrame, bytes, at, 2)

const searchLength = 8192

/**
 * Whether an MP3 stream (two frames in a row at least) starts at `at`. Encoders pad with zeros. Behind an ID3 tag
 * whose stated length is wrong, as old taggers left it, three frames in a row are searched for in the next 8 KiB;
 * without a tag there is no search, lest an archive that holds an MP3 pass for one.
 */
export const startsWithMpeg = (bytes: Uint8Array, at: number, search: boolean): boolean => {
  let start = at
  while (bytes[start] === 0) start++
  if (hasFrames(mpegFrame, bytes, start, 2)) return true
  if (!search) return false
  for (let offset = start; offset < Math.min(start + searchLength, bytes.length); offset++) {
    if (bytes[offset] === 0xff && hasFrames(mpegFrame, bytes, offset, 3)) return true
  }
  return false
}
