import type { FileHandle } from "node:fs/promises"

import { readAt } from "./sniff-file.ts"

const windowBytes = 16_384
/** Tags and sample tables beyond this are refused rather than held in memory. */
const maxSlice = 32 * 1024 * 1024

/** Where a `FileBlob` gets its bytes: a file with one window of it in memory, for parsers read a few bytes at a time. */
class FileWindow {
  readonly #handle: FileHandle
  readonly #check: (bytes: number) => void
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(handle: FileHandle, check: (bytes: number) => void) {
    this.#handle = handle
    this.#check = check
  }

  async read(start: number, end: number): Promise<ArrayBuffer> {
    const length = end - start
    this.#check(length)
    if (length > maxSlice) throw new RangeError(`A part of ${length} bytes is too large to be read at once.`)
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      this.#bytes = await readAt(this.#handle, start, Math.max(length, windowBytes))
      this.#start = start
    }
    const from = start - this.#start
    return new Uint8Array(this.#bytes.subarray(from, from + length)).buffer
  }
}

/**
 * A file as a Blob that reads only what is asked for and calls `check`, which may throw, with the number of bytes before
 * every read: the one door through which a parser that takes no abort signal can be stopped.
 */
export class FileBlob extends Blob {
  readonly #window: FileWindow
  readonly #start: number
  readonly #end: number
  override readonly size: number

  private constructor(window: FileWindow, start: number, end: number, type: string) {
    super([], { type })
    this.#window = window
    this.#start = start
    this.#end = end
    this.size = end - start
  }

  static of(handle: FileHandle, size: number, type: string, check: (bytes: number) => void): FileBlob {
    return new FileBlob(new FileWindow(handle, check), 0, size, type)
  }

  override slice(start = 0, end = this.size): FileBlob {
    const from = Math.min(this.#end, this.#start + Math.max(0, start))
    return new FileBlob(this.#window, from, Math.max(from, Math.min(this.#end, this.#start + end)), this.type)
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#window.read(this.#start, this.#end)
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer())
  }
}
