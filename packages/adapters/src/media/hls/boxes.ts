/** A box of an ISO base media file (ISO/IEC 14496-12, 4.2): its type and where its content lies. */
export interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

const headLength = 8

/** The boxes that follow one another from `start` to `end`. */
export function* boxesIn(bytes: Buffer, start: number, end: number): Generator<Box> {
  let at = start
  while (at + headLength <= end) {
    const size = bytes.readUInt32BE(at)
    if (size < headLength || at + size > end) throw new RangeError("A box is cut short.")
    yield { type: bytes.toString("latin1", at + 4, at + headLength), start: at + headLength, end: at + size }
    at += size
  }
}

/** The first box at the end of a path of types, below `within`. */
export const findBox = (bytes: Buffer, within: Box, path: ReadonlyArray<string>): Box | undefined => {
  let found: Box | undefined = within
  for (const wanted of path) {
    if (found === undefined) return undefined
    found = [...boxesIn(bytes, found.start, found.end)].find(({ type }) => type === wanted)
  }
  return found
}

export interface TopBox {
  readonly type: string
  /** The box with its head. */
  readonly bytes: Buffer
}

/** A box larger than this is none that was asked for. */
const maxBox = 64 * 1024 * 1024

/** Cuts a stream of chunks into the boxes at its top level. */
export async function* topBoxes(chunks: AsyncIterable<Buffer>): AsyncGenerator<TopBox> {
  let held: Array<Buffer> = []
  let length = 0
  let wanted = headLength
  for await (const chunk of chunks) {
    held.push(chunk)
    length += chunk.length
    while (length >= wanted) {
      const bytes = Buffer.concat(held)
      const size = bytes.readUInt32BE(0)
      if (size < headLength || size > maxBox) throw new RangeError("A box has an impossible size.")
      held = [bytes]
      wanted = size
      if (length < size) break
      yield { type: bytes.toString("latin1", 4, headLength), bytes: bytes.subarray(0, size) }
      held = [bytes.subarray(size)]
      length -= size
      wanted = headLength
    }
  }
  if (length > 0) throw new RangeError("A box is cut short.")
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export const uint32s = (...values: ReadonlyArray<number>): Buffer => Buffer.concat(values.map(uint32))

/** A box of its content. */
export const box = (type: string, ...content: ReadonlyArray<Uint8Array>): Buffer => {
  const length = content.reduce((sum, part) => sum + part.length, headLength)
  return Buffer.concat([uint32(length), Buffer.from(type, "latin1"), ...content])
}
