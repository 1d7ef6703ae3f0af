/** A stored file open for reading; `read` fills `buffer` from `position` on and answers how many bytes it put there. */
export interface StoredFile {
  readonly size: number
  readonly modifiedAt: Date
  readonly read: (position: number, buffer: Uint8Array) => Promise<number>
  /** Bytes from `position` on that are in memory already, not to be changed; undefined: they must be read. */
  readonly atHand?: (position: number) => Uint8Array | undefined
}

/** Bytes in memory as a stored file. */
export const fileOfBytes = (bytes: Uint8Array, modifiedAt: Date): StoredFile => ({
  size: bytes.length,
  modifiedAt,
  read: (position, buffer) => {
    const part = bytes.subarray(position, position + buffer.length)
    buffer.set(part)
    return Promise.resolve(part.length)
  }
})
