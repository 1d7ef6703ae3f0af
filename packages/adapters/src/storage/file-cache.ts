import { type FileHandle, open } from "node:fs/promises"

/** A descriptor shared by everybody who reads the same stored file at the moment. */
export interface Entry {
  readonly handle: FileHandle
  readonly size: number
  readonly modifiedAt: Date
  users: number
  evicted: boolean
}

interface Slot {
  readonly opening: Promise<Entry>
  /** Once it is open. */
  entry: Entry | undefined
}

/**
 * Keeps the descriptors of recently read files open. Stored files never change under their key, so a descriptor stays
 * good as long as the file exists; at most `capacity` idle ones are kept, and one in use is closed by its last user.
 */
export class FileCache {
  readonly #slots = new Map<string, Slot>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** A file that is open already, without keeping it open. */
  peek(path: string): Entry | undefined {
    return this.#slots.get(path)?.entry
  }

  /** The descriptor of a file that is open already, without waiting; it must be given back. */
  acquireOpen(path: string): Entry | undefined {
    const slot = this.#slots.get(path)
    if (slot?.entry === undefined) return undefined
    this.#slots.delete(path)
    this.#slots.set(path, slot)
    slot.entry.users++
    return slot.entry
  }

  /** Opens the file, or answers undefined where there is none. Every entry must be given back. */
  async acquire(path: string): Promise<Entry | undefined> {
    const known = this.#slots.get(path)
    if (known !== undefined) return this.#use(path, known)
    const slot: Slot = { opening: this.#open(path), entry: undefined }
    this.#slots.set(path, slot)
    const entry = await this.#use(path, slot)
    await this.#shrink()
    return entry
  }

  /** Gives an entry back; the last user of a removed file closes it. */
  release(entry: Entry): void {
    entry.users--
    if (entry.evicted && entry.users === 0) void entry.handle.close()
  }

  /** Forgets a file that is going to be removed. */
  async evict(path: string): Promise<void> {
    const slot = this.#slots.get(path)
    this.#slots.delete(path)
    const entry = await slot?.opening.catch(() => undefined)
    if (entry !== undefined) await this.#retire(entry)
  }

  async close(): Promise<void> {
    for (const path of [...this.#slots.keys()]) await this.evict(path)
  }

  async #open(path: string): Promise<Entry> {
    const handle = await open(path, "r")
    const { size, mtime } = await handle.stat()
    return { handle, size, modifiedAt: mtime, users: 0, evicted: false }
  }

  async #use(path: string, slot: Slot): Promise<Entry | undefined> {
    try {
      const entry = await slot.opening
      slot.entry = entry
      entry.users++
      return entry
    } catch (error) {
      if (this.#slots.get(path) === slot) this.#slots.delete(path)
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async #shrink(): Promise<void> {
    for (const path of this.#slots.keys()) {
      if (this.#slots.size <= this.#capacity) return
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
