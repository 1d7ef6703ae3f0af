import { createHmac } from "node:crypto"
import type { SandboxEvent } from "./books.ts"

/** How deliveries misbehave, on command. */
export interface Whims {
  /** Milliseconds before an event is first sent. */
  delayMs: number
  /** How often each event is sent; further copies go to the next addresses in turn. */
  copies: number
  /** Events wait until they are let go. */
  hold: boolean
  /** Events are lost. */
  lose: boolean
}

export interface Parcel {
  readonly event: SandboxEvent
  attempts: number
  /** Milliseconds since the epoch. */
  dueAt: number
  held: boolean
}

/** What became of each attempt, the latest last; for whoever wants to see what was sent. */
export interface Sent {
  readonly event_id: string
  readonly event_type: string
  readonly url: string
  /** What the receiver answered, or null. */
  readonly status: number | null
}

/** Seconds before an event that was not taken is sent again; then it is given up. Quicker than Hyperswitch's 24 hours. */
const pauses = [1, 2, 5, 10, 30, 60, 300]
const patience = 10_000
const remembered = 1000
/** Events under way; beyond these the oldest are lost, as with a provider that gives up. */
const capacity = 10_000

/** Signs events and brings them to the webhook, one after the other. */
export class Courier {
  readonly #secret: string
  readonly #changed: () => void
  readonly whims: Whims = { delayMs: 0, copies: 1, hold: false, lose: false }
  readonly sent: Array<Sent> = []
  urls: ReadonlyArray<string>
  parcels: Array<Parcel>
  #timer: NodeJS.Timeout | undefined
  #isBusy = false
  #isClosed = false

  constructor(secret: string, urls: ReadonlyArray<string>, parcels: ReadonlyArray<Parcel>, changed: () => void) {
    this.#secret = secret
    this.urls = urls
    this.parcels = [...parcels]
    this.#changed = changed
    this.#plan()
  }

  readonly take = (event: SandboxEvent): void => {
    if (this.whims.lose) return
    this.parcels.push({ event, attempts: 0, dueAt: Date.now() + this.whims.delayMs, held: this.whims.hold })
    if (this.parcels.length > capacity) this.parcels.shift()
    this.#plan()
  }

  /** Lets go of what waits, in the order it was made or the other way round. */
  release(isReversed: boolean): void {
    const held = this.parcels.filter((parcel) => parcel.held)
    for (const parcel of held) parcel.held = false
    if (isReversed) this.parcels = [...this.parcels.filter((parcel) => !held.includes(parcel)), ...held.toReversed()]
    this.#plan()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #plan(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || this.#isBusy) return
    const due = this.parcels.filter(({ held }) => !held).map(({ dueAt }) => dueAt)
    if (due.length === 0) return
    this.#timer = setTimeout(() => void this.#work(), Math.max(0, Math.min(...due) - Date.now()))
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    for (;;) {
      const parcel = this.parcels.find(({ held, dueAt }) => !held && dueAt <= Date.now())
      if (parcel === undefined || this.#isClosed) break
      await this.#bring(parcel)
      this.#changed()
    }
    this.#isBusy = false
    this.#plan()
  }

  async #bring(parcel: Parcel): Promise<void> {
    const outcomes = await Promise.all(
      Array.from({ length: this.whims.copies }, (_, copy) => this.#post(parcel.event, copy))
    )
    const isTaken = outcomes.every((status) => status !== null && status < 300)
    const pause = pauses[parcel.attempts]
    if (isTaken || pause === undefined) this.parcels = this.parcels.filter((other) => other !== parcel)
    else {
      parcel.attempts++
      parcel.dueAt = Date.now() + pause * 1000
    }
  }

  async #post(event: SandboxEvent, copy: number): Promise<number | null> {
    const url = this.urls[copy % Math.max(1, this.urls.length)]
    if (url === undefined) return null
    const body = JSON.stringify({ merchant_id: "sandbox", ...event })
    const signature = createHmac("sha512", this.#secret).update(body).digest("hex")
    const status = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Veza payment sandbox",
        "x-webhook-signature-512": signature
      },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(patience)
    }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => null
    )
    this.sent.push({ event_id: event.event_id, event_type: event.event_type, url, status })
    if (this.sent.length > remembered) this.sent.shift()
    return status
  }
}
