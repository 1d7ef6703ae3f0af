import { Recent } from "@veza/domain/kernel"

/** Objects whose state is remembered. */
const remembered = 10_000
/** Milliseconds until an object that was there, or was not, is asked for again. */
const trustPresent = 10 * 60_000
const trustMissing = 30_000
/** Questions under way at once; what comes meanwhile is asked about next time. */
const concurrency = 4

interface Seen {
  readonly isThere: boolean
  readonly until: number
}

/**
 * Notices, beside those who listen, that an object is gone: a link is made without asking the store, so each first one
 * in a while has the object looked for. Whoever comes once it is known to be missing is told.
 */
export class Presence {
  readonly #seen = new Recent<Seen>(remembered)
  readonly #asking = new Set<string>()
  readonly #ask: (key: string) => Promise<boolean>

  /** `ask` rejects when nobody knows. */
  constructor(ask: (key: string) => Promise<boolean>) {
    this.#ask = ask
  }

  isMissing(key: string, now: number): boolean {
    const seen = this.#seen.get(key)
    if (seen === undefined || seen.until <= now) this.#look(key, now)
    return seen?.isThere === false && seen.until > now
  }

  #look(key: string, now: number): void {
    if (this.#asking.size >= concurrency || this.#asking.has(key)) return
    this.#asking.add(key)
    this.#ask(key)
      .then(
        (isThere) => this.#seen.set(key, { isThere, until: now + (isThere ? trustPresent : trustMissing) }),
        () => {}
      )
      .finally(() => this.#asking.delete(key))
  }
}
