import { Duration } from "effect"

/** How long Redis is left alone after a failure, in milliseconds, so that an outage does not slow every request down. */
const pause = Duration.toMillis("1 second")

/** Whether a server is to be asked, judged by how it fared so far. Times are milliseconds of any steady clock. */
export class Outage {
  #downUntil: number | undefined

  /** During an outage one caller each second may try. */
  mayTry(now: number): boolean {
    if (this.#downUntil === undefined) return true
    if (now < this.#downUntil) return false
    this.#downUntil = now + pause
    return true
  }

  /** True when this failure begins an outage. */
  failed(now: number): boolean {
    const begins = this.#downUntil === undefined
    this.#downUntil = now + pause
    return begins
  }

  /** True when this success ends an outage. */
  succeeded(): boolean {
    const ends = this.#downUntil !== undefined
    this.#downUntil = undefined
    return ends
  }
}
