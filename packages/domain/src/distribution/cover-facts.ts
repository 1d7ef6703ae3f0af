/** What a picture is by its content. */
export interface CoverFacts {
  readonly format: "jpeg" | "png"
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Of ink, not of light: stores refuse CMYK. */
  readonly isPrintColour: boolean
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
const long = (bytes: Uint8Array, at: number): number => word(bytes, at) * 0x1_0000 + word(bytes, at + 2)

/** PNG (third edition) §5.2 and §11.2.1: the header is the first chunk. */
const pngFacts = (bytes: Uint8Array): CoverFacts | undefined => {
  const isPng = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, at) => bytes[at] === byte)
  if (!isPng || bytes.length < 33 || long(bytes, 12) !== 0x4948_4452) return undefined
  return { format: "png", width: long(bytes, 16), height: long(bytes, 20), isPrintColour: false }
}

/** Markers that begin a frame (ISO/IEC 10918-1 table B.1): C0 to CF but DHT, JPG and DAC. */
const beginsFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
/** Markers without a length: fill bytes, restarts and TEM. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)

/** ISO/IEC 10918-1 §B.1: segments up to the header of the first frame. */
const jpegFacts = (bytes: Uint8Array): CoverFacts | undefined => {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined
  let at = 2
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
    } else if (standsAlone(marker)) {
      at += 2
    } else if (beginsFrame(marker)) {
      const [height, width] = [word(bytes, at + 5), word(bytes, at + 7)]
      return { format: "jpeg", width, height, isPrintColour: bytes[at + 9] === 4 }
    } else {
      at += 2 + Math.max(2, word(bytes, at + 2))
    }
  }
  return undefined
}

/** What a picture's own bytes say of it; undefined where it is neither a JPEG nor a PNG. */
export const coverFactsOf = (bytes: Uint8Array): CoverFacts | undefined => pngFacts(bytes) ?? jpegFacts(bytes)

/** Pixels on a side at least, and bytes at most. */
export const minCoverSide = 3000
export const maxCoverBytes = 20 * 1024 * 1024
