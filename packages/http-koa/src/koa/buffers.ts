/** Bytes of one pooled buffer: what is read from a file at a time. */
export const bufferSize = 256 * 1024
/** Buffers kept for the next reader; more than these are left to the collector. */
const kept = 128
const pool: Array<Buffer> = []

/** A buffer of `bufferSize` bytes with whatever was in it before. */
export const takeBuffer = (): Buffer => pool.pop() ?? Buffer.allocUnsafeSlow(bufferSize)

/** Gives a buffer back once the connection is done with it. */
export const giveBack = (buffer: Buffer): void => {
  if (pool.length < kept) pool.push(buffer)
}
