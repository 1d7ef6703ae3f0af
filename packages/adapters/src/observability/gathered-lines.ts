/** Characters that are written at once, and the milliseconds after which fewer are. */
const enough = 16_384
const flushEvery = 500

/**
 * Gathers lines that come with every request: one system call a line would cost more than the line. They are kept apart
 * until they are written, since a text that grows line by line is copied with each of them.
 */
export class GatheredLines {
  #lines: Array<string> = []
  #size = 0
  #timer: NodeJS.Timeout | undefined
  readonly #write: (text: string) => void

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  add(line: string): void {
    this.#lines.push(line)
    this.#size += line.length
    if (this.#size >= enough) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), flushEvery).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    const text = this.#lines.join("")
    this.#lines = []
    this.#size = 0
    this.#write(text)
  }
}
