import { crc32, deflateSync } from "node:zlib"
import sharp from "sharp"

/** Colourful noise: every pixel differs, so that nothing compresses to nothing. */
const pixels = (width: number, height: number) =>
  sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, n) => (n * 7919 + ((n * n) >> 3)) % 256)), {
    raw: { width, height, channels: 3 }
  })

/** A photograph as a phone takes it: turned by 90°, with the place where it was taken. */
export const photo = (width = 300, height = 200): Promise<Buffer> =>
  pixels(width, height)
    .withExif({
      IFD0: { Artist: "Somebody Secret", Orientation: "6" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 51/1 29/1", GPSLongitudeRef: "E", GPSLongitude: "2/1 17/1 40/1" }
    })
    .jpeg()
    .toBuffer()

/** An image in a format. */
export const picture = (format: "png" | "webp" | "avif" | "gif" | "tiff"): Promise<Buffer> =>
  pixels(120, 80).toFormat(format).toBuffer()

/** Two frames, the first red, the second blue. */
export const animation = async (): Promise<Buffer> => {
  const frames = ["#ff0000", "#0000ff"].map((background) =>
    sharp({ create: { width: 60, height: 60, channels: 3, background } })
      .png()
      .toBuffer()
  )
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif()
    .toBuffer()
}

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** A small file that would be `side`² black and white pixels. */
export const pngBomb = (side: number): Buffer => {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head[8] = 1
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side), { level: 9 })
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))])
}

export const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
)

/** What is told about an image by its own bytes. */
export const aboutImage = async (bytes: Buffer) => {
  const { format, width, height, exif, icc, xmp, pages, orientation } = await sharp(bytes).metadata()
  return { format, width, height, pages, orientation, hasMetadata: [exif, icc, xmp].some((part) => part !== undefined) }
}

/** The mean colour, each channel 0 to 255. */
export const meanColour = async (bytes: Buffer): Promise<ReadonlyArray<number>> =>
  (await sharp(bytes).stats()).channels.slice(0, 3).map(({ mean }) => Math.round(mean))
