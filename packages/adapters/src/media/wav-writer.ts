import { id3Tag, type SampleTags } from "./id3.ts"

const chunk = (id: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.write(id, "latin1")
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

const infoText = (id: string, text: string) => chunk(id, Buffer.from(`${text}\0`, "latin1"))

const infoList = (tags: SampleTags): Buffer =>
  chunk(
    "LIST",
    Buffer.concat([
      Buffer.from("INFO", "latin1"),
      infoText("INAM", tags.title),
      infoText("IART", tags.artist),
      infoText("IPRD", tags.album),
      infoText("IGNR", tags.genre),
      infoText("ICRD", String(tags.year))
    ])
  )

export interface WavShape {
  readonly sampleRate: number
  readonly channels: number
  /** Frames that will follow; together with the channels they must stay below 4 GiB of samples. */
  readonly frames: number
}

/**
 * Everything of a 16-bit PCM WAV file that comes before its samples: format, tags as LIST/INFO (ISO 8859-1) and as an
 * ID3 chunk (UTF-8, with tempo and key), and the head of the data chunk.
 */
export const wavHeader = (shape: WavShape, tags: SampleTags): Buffer => {
  const frameBytes = shape.channels * 2
  const dataBytes = shape.frames * frameBytes
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(shape.channels, 2)
  format.writeUInt32LE(shape.sampleRate, 4)
  format.writeUInt32LE(shape.sampleRate * frameBytes, 8)
  format.writeUInt16LE(frameBytes, 12)
  format.writeUInt16LE(16, 14)
  const dataHead = Buffer.alloc(8)
  dataHead.write("data", "latin1")
  dataHead.writeUInt32LE(dataBytes, 4)
  const chunks = Buffer.concat([chunk("fmt ", format), infoList(tags), chunk("id3 ", id3Tag(tags)), dataHead])
  const head = Buffer.alloc(12)
  head.write("RIFF", "latin1")
  head.writeUInt32LE(4 + chunks.length + dataBytes, 4)
  head.write("WAVE", 8, "latin1")
  return Buffer.concat([head, chunks])
}

/** Float samples (±1, clamped) as 16-bit little-endian PCM. */
export const pcm16 = (samples: Float32Array): Buffer => {
  const bytes = Buffer.alloc(samples.length * 2)
  let at = 0
  for (const sample of samples) at = bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), at)
  return bytes
}

/** A whole WAV file, part by part: the header, then every block of interleaved samples. */
export function* wavFile(shape: WavShape, tags: SampleTags, blocks: Iterable<Float32Array>): Generator<Buffer> {
  yield wavHeader(shape, tags)
  for (const block of blocks) yield pcm16(block)
}
