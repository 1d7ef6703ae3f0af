/** Formats of images that are taken in. What is drawn from text (SVG) or runs something is not among them. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "avif"

const startsWith = (bytes: Uint8Array, signature: ReadonlyArray<number>, at = 0): boolean =>
  signature.every((byte, index) => bytes[at + index] === byte)
const ascii = (text: string): ReadonlyArray<number> => Array.from(text, (letter) => letter.charCodeAt(0))

const signatures: ReadonlyArray<readonly [ImageFormat, (bytes: Uint8Array) => boolean]> = [
  // ISO/IEC 10918-1: start of image, then the first marker.
  ["jpeg", (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff])],
  // PNG (third edition) §5.2
  ["png", (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  // RFC 9649 §2.4
  ["webp", (bytes) => startsWith(bytes, ascii("RIFF")) && startsWith(bytes, ascii("WEBP"), 8)],
  ["gif", (bytes) => startsWith(bytes, ascii("GIF87a")) || startsWith(bytes, ascii("GIF89a"))],
  // AVIF §6: the major brand of the file type box, for a still or a sequence.
  [
    "avif",
    (bytes) =>
      startsWith(bytes, ascii("ftyp"), 4) && ["avif", "avis"].some((brand) => startsWith(bytes, ascii(brand), 8))
  ]
]

/** What an image is by its first twelve bytes; a file's name and declared type count for nothing. */
export const sniffImageFormat = (head: Uint8Array): ImageFormat | undefined =>
  signatures.find(([, matches]) => matches(head))?.[0]
