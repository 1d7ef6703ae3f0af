import { randomUUID } from "node:crypto"
import type { Redacted } from "effect"
import type { DeliveryId, Platform, StoreReport, StoreState } from "@veza/domain/distribution"
import type { WrittenFile } from "../ern.ts"
import { ernFaults } from "../check-ern.ts"
import { signatureHeader, signCallback } from "../signature.ts"

/** What a store does with the next message instead of what it usually does. */
export type Behaviour =
  | "accept"
  | "reject"
  | "manual_check"
  | "late"
  | "twice"
  /** Answers 500 and keeps nothing; answers 500 and has it all the same. */
  | "fail"
  | "fail_after"
  /** Has it and says nothing, ever; has it and does not answer. */
  | "silent"
  | "hang"

export const behaviours: ReadonlyArray<Behaviour> = [
  "accept",
  "reject",
  "manual_check",
  "late",
  "twice",
  "fail",
  "fail_after",
  "silent",
  "hang"
]

export interface Delivery {
  readonly id: DeliveryId
  readonly kind: "new" | "update" | "takedown"
  readonly upc: string
  readonly title: string
  readonly reference: string
  state: StoreState
  reason: string | undefined
  /** How often this message was handed over. */
  posts: number
}

export interface SandboxSettings {
  readonly secret: Redacted.Redacted<string>
  /** The API to which callbacks go. */
  readonly callbackUrl: string
  /** Milliseconds between the steps of a store. */
  readonly delay: number
}

export interface Handover {
  readonly kind: Delivery["kind"]
  readonly upc: string
  readonly title: string
  readonly xml: string
  readonly files: ReadonlyArray<WrittenFile>
}

/** Deliveries and files that a store remembers at most; the oldest go. */
const memory = 10_000

const keep = <A>(map: Map<string, A>, key: string, value: A): void => {
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= memory) return
    map.delete(oldest)
  }
}

/** How often a callback is tried while nobody takes it. */
const tries = 8

/** What each store usually does: one sells at once, one has people look first, one says everything twice. */
const habits: Readonly<Record<Platform, Behaviour>> = {
  spotify: "accept",
  apple_music: "manual_check",
  deezer: "twice"
}

/** One store: takes messages in, decides, and calls back in its own time. */
export class SandboxStore {
  readonly platform: Platform
  readonly #settings: SandboxSettings
  readonly #deliveries = new Map<string, Delivery>()
  readonly #files = new Map<string, WrittenFile>()
  readonly #next: Array<Behaviour> = []
  #door = Promise.resolve()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(platform: Platform, settings: SandboxSettings) {
    this.platform = platform
    this.#settings = settings
  }

  /** Queues what to do with the next messages. */
  behave(next: ReadonlyArray<Behaviour>): void {
    this.#next.push(...next.slice(0, memory - this.#next.length))
  }

  deliveries(): ReadonlyArray<Delivery> {
    return [...this.#deliveries.values()]
  }

  find(id: string): Delivery | undefined {
    return this.#deliveries.get(id)
  }

  /** Lets files wait at the door until the returned function is called. */
  holdFiles(): () => void {
    let open = () => {}
    this.#door = new Promise((done) => {
      open = done
    })
    return open
  }

  /** When files are let in. */
  get door(): Promise<void> {
    return this.#door
  }

  takeFile(delivery: string, file: WrittenFile): void {
    keep(this.#files, `${delivery}/${file.path}`, file)
  }

  /** Takes a message in; the same one again gets the same answer. */
  take(
    id: DeliveryId,
    handover: Handover
  ): { readonly status: number; readonly delivery?: Delivery; readonly text?: string } {
    const known = this.#deliveries.get(id)
    if (known !== undefined) {
      known.posts++
      return { status: 200, delivery: known }
    }
    const behaviour = this.#next.shift() ?? habits[this.platform]
    if (behaviour === "fail") return { status: 500, text: "told to fail" }
    const files = handover.files.flatMap(({ path }) => this.#files.get(`${id}/${path}`) ?? [])
    const faults = ernFaults(handover.xml, files)
    if (faults.length > 0) return { status: 422, text: faults.join("; ") }
    for (const { path } of files) this.#files.delete(`${id}/${path}`)
    const reference = `${this.platform}-${handover.upc}`
    const { kind, upc, title } = handover
    const delivery: Delivery = { id, kind, upc, title, reference, state: "accepted", reason: undefined, posts: 1 }
    keep(this.#deliveries, id, delivery)
    this.#play(delivery, behaviour)
    if (behaviour === "fail_after") return { status: 500, text: "told to fail" }
    if (behaviour === "hang") return { status: 0 }
    return { status: 202, delivery }
  }

  /** Says something about a delivery now, `times` over. */
  say(id: string, state: StoreState, reason: string | undefined, times = 1): boolean {
    const delivery = this.#deliveries.get(id)
    if (delivery === undefined) return false
    this.#say(delivery, state, reason, times)
    return true
  }

  /** Nothing is said any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #after(steps: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, steps * this.#settings.delay)
    this.#timers.add(timer)
  }

  #play(delivery: Delivery, behaviour: Behaviour): void {
    const say = (steps: number, state: StoreState, reason?: string, times = 1) =>
      this.#after(steps, () => this.#say(delivery, state, reason, times))
    if (behaviour === "silent") return
    if (behaviour === "reject") {
      const isTakedown = delivery.kind === "takedown"
      return say(1, "rejected", isTakedown ? "The label has to ask" : "The cover shows a price, which is not allowed")
    }
    if (delivery.kind === "takedown") return say(1, "taken_down")
    if (behaviour === "manual_check") {
      say(1, "manual_check", "Somebody listens to it before it is sold")
      return say(3, "live")
    }
    const times = behaviour === "twice" ? 2 : 1
    say(1, "processing", undefined, times)
    say(behaviour === "late" ? 20 : 2, "live", undefined, times)
  }

  #say(delivery: Delivery, state: StoreState, reason: string | undefined, times: number): void {
    delivery.state = state
    delivery.reason = reason
    const report: StoreReport = {
      id: randomUUID(),
      delivery_id: delivery.id,
      state,
      reference: delivery.reference,
      ...(reason === undefined ? {} : { reason })
    }
    for (let n = 0; n < times; n++) void this.#call(report, 1)
  }

  async #call(report: StoreReport, attempt: number): Promise<void> {
    const body = Buffer.from(JSON.stringify(report))
    const signature = signCallback(this.#settings.secret, body, Math.floor(Date.now() / 1000))
    const url = `${this.#settings.callbackUrl}/api/v1/webhooks/distribution/${this.platform}`
    const taken = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", [signatureHeader]: signature },
      signal: AbortSignal.timeout(10_000)
    }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status < 500
      },
      () => false
    )
    if (!taken && attempt < tries) this.#after(2 ** attempt, () => void this.#call(report, attempt + 1))
  }
}
