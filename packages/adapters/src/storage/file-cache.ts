import { type FileHandle, open } from "node:fs/promises"

/** A descriptor shared by everybody who reads the same stored file at the moment. */
interface Entry {
  readonly handle: FileHandle
  readonly size: number
  readonly modifiedAt: Date
  users: number
  evicted: boolean
}

/**
 * Keeps the descriptors of recently read files open. Stored files never change under their key, so a descriptor stays
 * good as long as the file exists; at most `capacity` idle ones are kept, and one in use is closed by its last user.
 */
export class FileCache {
  readonly #entries = new Map<string, Promise<Entry>>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Opens the file, or answers undefined where there is none. Every entry must be given back. */
  async acquire(path: string): Promise<Entry | undefined> {
    const known = this.#entries.get(path)
    if (known !== undefined) {
      this.#entries.delete(path)
      this.#entries.set(path, known)
      return this.#use(path, known)
    }
    const opening = this.#open(path)
    this.#entries.set(path, opening)
    const entry = await this.#use(path, opening)
    await this.#shrink()
    return entry
  }

  async release(entry: Entry): Promise<void> {
    entry.users--
    if (entry.evicted && entry.users === 0) await entry.handle.close()
  }

  /** Forgets a file that is going to be removed. */
  async evict(path: string): Promise<void> {
    const known = this.#entries.get(path)
    this.#entries.delete(path)
    const entry = await known?.catch(() => undefined)
    if (entry !== undefined) await this.#retire(entry)
  }

  async close(): Promise<void> {
    for (const path of [...this.#entries.keys()]) await this.evict(path)
  }

  async #open(path: string): Promise<Entry> {
    const handle = await open(path, "r")
    const { size, mtime } = await handle.stat()
    return { handle, size, modifiedAt: mtime, users: 0, evicted: false }
  }

  async #use(path: string, opening: Promise<Entry>): Promise<Entry | undefined> {
    try {
      const entry = await opening
      entry.users++
      return entry
    } catch (error) {
      if (this.#entries.get(path) === opening) this.#entries.delete(path)
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async #shrink(): Promise<void> {
    for (const path of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) return
      await this.evict(path)
    }
  }

  async #retire(entry: Entry): Promise<void> {
    if (entry.evicted) return
    entry.evicted = true
    if (entry.users === 0) await entry.handle.close()
  }
}

export const isMissing = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  (error.code === "ENOENT" || error.code === "ENOTDIR")
