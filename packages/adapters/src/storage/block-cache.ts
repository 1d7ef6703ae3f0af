import { Recent } from "@veza/domain/kernel"

/** Bytes of one block. */
export const blockSize = 256 * 1024
/** Blocks that were asked for once and are remembered for a second time. */
const rememberedCandidates = 4096

/**
 * Keeps the blocks of files that are listened to by several, or again: at most `capacity` bytes, the least recently used
 * go first. A block is loaded beside the reader who asks for it a second time, so that a file read once from end to end
 * displaces nothing. Files never change under their path.
 */
export class BlockCache {
  readonly #blocks: Recent<Uint8Array>
  readonly #candidates = new Set<string>()
  readonly #loading = new Set<string>()
  readonly #capacity: number

  /** `capacity` in bytes; 0 keeps nothing. */
  constructor(capacity: number) {
    this.#capacity = Math.floor(capacity / blockSize)
    this.#blocks = new Recent(this.#capacity)
  }

  /** What is at hand from `position` to the end of its block; not to be changed. */
  peek(path: string, position: number): Uint8Array | undefined {
    if (this.#blocks.size === 0) return undefined
    const block = this.#blocks.get(keyOf(path, position))
    const offset = position % blockSize
    return block !== undefined && offset < block.length ? block.subarray(offset) : undefined
  }

  /** Notes that a block was asked for and not at hand; `load` fills a buffer from a position on. */
  missed(path: string, position: number, load: (buffer: Uint8Array, position: number) => Promise<number>): void {
    if (this.#capacity === 0) return
    const key = keyOf(path, position)
    if (this.#loading.has(key) || !this.#isWanted(key)) return
    this.#loading.add(key)
    const buffer = Buffer.allocUnsafeSlow(blockSize)
    const keep = (bytes: number) => {
      // Dropped meanwhile: the file is gone.
      if (this.#loading.delete(key) && bytes > 0) this.#blocks.set(key, buffer.subarray(0, bytes))
    }
    load(buffer, position - (position % blockSize)).then(keep, () => this.#loading.delete(key))
  }

  /** Forgets a file that is going to be removed. */
  drop(path: string): void {
    const prefix = `${path}\0`
    for (const [key] of this.#blocks.oldestFirst()) if (key.startsWith(prefix)) this.#blocks.delete(key)
    for (const keys of [this.#candidates, this.#loading]) {
      for (const key of keys) if (key.startsWith(prefix)) keys.delete(key)
    }
  }

  #isWanted(key: string): boolean {
    if (this.#candidates.delete(key)) return true
    this.#candidates.add(key)
    if (this.#candidates.size > rememberedCandidates) {
      for (const oldest of this.#candidates) {
        this.#candidates.delete(oldest)
        break
      }
    }
    return false
  }
}

const keyOf = (path: string, position: number): string => `${path}\0${Math.floor(position / blockSize)}`
