import { type Box, box, boxesIn, findBox, uint32s } from "./boxes.ts"

/** A coded frame. Durations in units of the media's time scale, which is the sample rate. */
export interface Frame {
  readonly bytes: Buffer
  readonly duration: number
}

export interface Track {
  /** Units per second. */
  readonly timescale: number
  /** Samples at the start that are coded and not heard (the edit list; ISO/IEC 14496-12, 8.6.6). */
  readonly priming: number
}

const whole = (type: string, bytes: Buffer): Box => ({ type, start: 8, end: bytes.length })

/** What the initialisation (`moov`) says of its one track. */
export const readTrack = (moov: Buffer): Track => {
  const root = whole("moov", moov)
  const mdhd = findBox(moov, root, ["trak", "mdia", "mdhd"])
  if (mdhd === undefined) throw new RangeError("The initialisation has no media header.")
  const elst = findBox(moov, root, ["trak", "edts", "elst"])
  const timescale = moov.readUInt32BE(mdhd.start + (moov[mdhd.start] === 1 ? 20 : 12))
  if (elst === undefined) return { timescale, priming: 0 }
  if (moov.readUInt32BE(elst.start + 4) !== 1) throw new RangeError("The initialisation has more than one edit.")
  const mediaTime =
    moov[elst.start] === 1 ? Number(moov.readBigInt64BE(elst.start + 16)) : moov.readInt32BE(elst.start + 12)
  if (mediaTime < 0) throw new RangeError("The sound does not begin at once.")
  return { timescale, priming: mediaTime }
}

/** The optional fields at the start of `tfhd` and `trun`, by their flags (ISO/IEC 14496-12, 8.8.7 and 8.8.8). */
const fragmentDefaults = (moof: Buffer, tfhd: Box) => {
  const flags = moof.readUInt32BE(tfhd.start) & 0xffffff
  let at = tfhd.start + 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0)
  const take = (flag: number) => {
    if (!(flags & flag)) return 0
    at += 4
    return moof.readUInt32BE(at - 4)
  }
  const duration = take(0x8)
  return { duration, size: take(0x10) }
}

const readRun = (moof: Buffer, trun: Box, defaults: { readonly duration: number; readonly size: number }) => {
  const flags = moof.readUInt32BE(trun.start) & 0xffffff
  const count = moof.readUInt32BE(trun.start + 4)
  let at = trun.start + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0)
  const take = (flag: number, otherwise: number) => {
    if (!(flags & flag)) return otherwise
    at += 4
    return moof.readUInt32BE(at - 4)
  }
  const frames: Array<{ readonly duration: number; readonly size: number }> = []
  for (let i = 0; i < count; i++) {
    const duration = take(0x100, defaults.duration)
    frames.push({ duration, size: take(0x200, defaults.size) })
    at += (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0)
  }
  return frames
}

/** The frames of a fragment: what `moof` says of the bytes in `mdat`. */
export const readFragment = (moof: Buffer, mdat: Buffer): ReadonlyArray<Frame> => {
  const traf = findBox(moof, whole("moof", moof), ["traf"])
  const tfhd = traf && findBox(moof, traf, ["tfhd"])
  if (traf === undefined || tfhd === undefined) throw new RangeError("A fragment has no track.")
  const defaults = fragmentDefaults(moof, tfhd)
  let at = 8
  const frames: Array<Frame> = []
  for (const run of boxesIn(moof, traf.start, traf.end)) {
    if (run.type !== "trun") continue
    for (const { duration, size } of readRun(moof, run, defaults)) {
      if (at + size > mdat.length) throw new RangeError("A fragment is cut short.")
      frames.push({ bytes: mdat.subarray(at, at + size), duration })
      at += size
    }
  }
  if (at !== mdat.length) throw new RangeError("A fragment holds more than its frames.")
  return frames
}

const dataOffsetPresent = 0x1
const durationsPresent = 0x100
const sizesPresent = 0x200
const defaultDurationPresent = 0x8
const defaultFlagsPresent = 0x20
const offsetsFromMoof = 0x20000
/** Every frame of sound can be decoded by itself: `sample_depends_on` is 2. */
const independent = 0x2000000

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** A media segment of one fragment: `sequence` counts from 1, `decodeTime` is that of its first frame. */
export const writeSegment = (frames: ReadonlyArray<Frame>, sequence: number, decodeTime: number): Buffer => {
  const usual = frames[0]?.duration ?? 0
  const isEven = frames.every(({ duration }) => duration === usual)
  const table = frames.flatMap(({ duration, bytes }) => (isEven ? [bytes.length] : [duration, bytes.length]))
  const flags = dataOffsetPresent | sizesPresent | (isEven ? 0 : durationsPresent)
  const moofOf = (dataOffset: number): Buffer =>
    box(
      "moof",
      box("mfhd", uint32s(0, sequence)),
      box(
        "traf",
        box("tfhd", uint32s(defaultDurationPresent | defaultFlagsPresent | offsetsFromMoof, 1, usual, independent)),
        box("tfdt", uint32s(0x1000000), uint64(decodeTime)),
        box("trun", uint32s(flags, frames.length, dataOffset, ...table))
      )
    )
  const moof = moofOf(moofOf(0).length + 8)
  return Buffer.concat([moof, box("mdat", ...frames.map(({ bytes }) => bytes))])
}
