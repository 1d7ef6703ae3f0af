import { crc32 } from "node:zlib"
import { wavHead } from "./audio.ts"

const long = (value: number, bigEndian = false): Buffer => {
  const bytes = Buffer.alloc(4)
  if (bigEndian) bytes.writeUInt32BE(value >>> 0)
  else bytes.writeUInt32LE(value >>> 0)
  return bytes
}
const short = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8])
const synchsafe = (value: number): Buffer =>
  Buffer.from([(value >> 21) & 0x7f, (value >> 14) & 0x7f, (value >> 7) & 0x7f, value & 0x7f])

/** An ID3v2.4 tag that says it is `stated` bytes long, around its frames. */
export const id3 = (frames: Buffer, stated = frames.length): Buffer =>
  Buffer.concat([Buffer.from("ID3\x04\0\0", "latin1"), synchsafe(stated), frames])

export const id3Frame = (id: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(id, "latin1"), synchsafe(body.length), Buffer.alloc(2), body])

/** A picture in a tag (ID3v2.4 §4.14). */
export const id3Picture = (type: string, picture: Buffer): Buffer =>
  id3Frame("APIC", Buffer.concat([Buffer.from(`\0${type}\0\x03\0`, "latin1"), picture]))

/** A ZIP archive with one stored member. */
export const zipOf = (name: string, content: Buffer): Buffer => {
  const entry = Buffer.concat([
    ...[20, 0, 0, 0, 0x21].map(short),
    ...[crc32(content), content.length, content.length].map((value) => long(value)),
    ...[name.length, 0].map(short)
  ])
  const member = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), entry, Buffer.from(name), content])
  const central = Buffer.concat([
    ...[Buffer.from("PK\x01\x02", "latin1"), short(20), entry, ...[0, 0, 0].map(short), long(0), long(0)],
    Buffer.from(name)
  ])
  const end = [...[0, 0, 1, 1].map(short), long(central.length), long(member.length), short(0)]
  return Buffer.concat([member, central, Buffer.from("PK\x05\x06", "latin1"), ...end])
}

/** A WAV whose header states `stated` bytes of sound, whatever really follows. */
export const wavStating = (stated: number, sound: Buffer): Buffer => {
  const head = wavHead(sound.length)
  head.set(long(stated + 36), 4)
  head.set(long(stated), 40)
  return Buffer.concat([head, sound])
}

/** The same FLAC, whose first block states another number of samples (RFC 9639 §8.2). */
export const flacStating = (flac: Buffer, samples: number): Buffer => {
  const changed = Buffer.from(flac)
  changed.writeUInt8(((changed[21] ?? 0) & 0xf0) | (Math.floor(samples / 2 ** 32) & 0x0f), 21)
  changed.writeUInt32BE(samples % 2 ** 32, 22)
  return changed
}

/** MP4 boxes that state more than there is. */
export const mp4Stating = (size: number): Buffer =>
  Buffer.concat([
    Buffer.from("\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", "latin1"),
    long(size, true),
    Buffer.from("moov", "latin1"),
    long(size - 8, true),
    Buffer.from("mvhd", "latin1"),
    Buffer.alloc(2000, 0xff)
  ])
