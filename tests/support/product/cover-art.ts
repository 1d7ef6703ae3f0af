/** An ID3v2 frame size: four times seven bits (ID3v2.4 §6.2). */
const synchsafe = (size: number): Buffer =>
  Buffer.from([(size >> 21) & 0x7f, (size >> 14) & 0x7f, (size >> 7) & 0x7f, size & 0x7f])

export interface Picture {
  readonly bytes: Uint8Array
  /** What the tag says it is, which need not be so. */
  readonly mime?: string
  /** 3 is the front, 4 the back (ID3v2.4 §4.14). */
  readonly type?: number
}

/** An ID3v2.4 tag that holds pictures, whatever they are. */
export const id3WithPictures = (...pictures: ReadonlyArray<Picture>): Buffer => {
  const frames = pictures.map(({ bytes, mime = "image/png", type = 3 }) => {
    const body = Buffer.concat([Buffer.from(`\0${mime}\0`, "latin1"), Buffer.from([type, 0]), bytes])
    return Buffer.concat([Buffer.from("APIC", "latin1"), synchsafe(body.length), Buffer.alloc(2), body])
  })
  const body = Buffer.concat(frames)
  return Buffer.concat([Buffer.from("ID3\x04\0\0", "latin1"), synchsafe(body.length), body])
}

/** Where the ID3v2 tag of a file ends. */
const tagEnd = (file: Buffer): number =>
  file.toString("latin1", 0, 3) === "ID3"
    ? 10 + ((file.readUInt8(6) << 21) | (file.readUInt8(7) << 14) | (file.readUInt8(8) << 7) | file.readUInt8(9))
    : 0

/** The MP3 with these pictures instead of its tag. */
export const mp3With = (file: Buffer, ...pictures: ReadonlyArray<Picture>): Buffer =>
  Buffer.concat([id3WithPictures(...pictures), file.subarray(tagEnd(file))])

/** Nothing but the head of a JPEG that claims to be `side`² pixels. */
export const jpegHead = (side: number): Buffer => {
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
  frame.writeUInt16BE(side, 5)
  frame.writeUInt16BE(side, 7)
  const scan = Buffer.from([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 0x3f, 0])
  return Buffer.concat([Buffer.from([0xff, 0xd8]), frame, scan, Buffer.alloc(5000, 0x55)])
}
