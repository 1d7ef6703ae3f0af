/** A stored file open for reading; `read` fills `buffer` from `position` on and answers how many bytes it put there. */
export interface StoredFile {
  readonly size: number
  readonly modifiedAt: Date
  readonly read: (position: number, buffer: Uint8Array) => Promise<number>
  /** Bytes from `position` on that are in memory already, not to be changed; undefined: they must be read. */
  readonly atHand?: (position: number) => Uint8Array | undefined
}
