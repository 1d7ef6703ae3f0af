import { createHash } from "node:crypto"
import { Context, type Duration, Duration as Time, Effect, Layer, Metric } from "effect"
import { Changes } from "@veza/domain/kernel"
import type { Reply } from "./codecs.ts"

/** A kind of answers: what they are made of, and so what drops them. */
export type SharedKind = "tracks"

/** The topics of each kind (kernel, `Changes`); a change's key is the id of the thing that changed. */
const topics: Readonly<Record<SharedKind, ReadonlyArray<string>>> = { tracks: ["tracks", "track_counts"] }

/** Characters of answers kept of one kind with their addresses, of the largest that is kept, of the longest address. */
const budget = 32 * 1024 * 1024
const largest = 256 * 1024
const longestUrl = 512
/** Milliseconds without news from the database after which nothing kept is believed (05-decisions, "Followed values"). */
const trustFor = 1000

interface Kept {
  readonly reply: Reply
  readonly until: number
}

const hits = Metric.counter("veza_cache_hits_total", {
  description: "Answers found in a cache",
  incremental: true,
  attributes: { cache: "responses" }
})
const misses = Metric.counter("veza_cache_misses_total", {
  description: "Answers that a cache did not have",
  incremental: true,
  attributes: { cache: "responses" }
})
const noContext = Context.empty()

/** Each takes a little more than its characters. */
const sizeOf = (url: string, { body }: Reply): number => url.length + body.length + 200

/** The answers of one kind, by the id they are about ("" for lists) and then by address. */
class Shelf {
  readonly #about = new Map<string, Map<string, Kept>>()
  readonly #lifetime: number
  #size = 0
  /** Counts changes: what was made while something changed may be old already. */
  generation = 0

  constructor(lifetime: number) {
    this.#lifetime = lifetime
  }

  peek(about: string, url: string, now: number): Reply | undefined {
    const kept = this.#about.get(about)?.get(url)
    return kept !== undefined && kept.until > now ? kept.reply : undefined
  }

  keep(about: string, url: string, reply: Reply, now: number): void {
    const group = this.#about.get(about) ?? new Map<string, Kept>()
    const former = group.get(url)
    this.#size += sizeOf(url, reply) - (former === undefined ? 0 : sizeOf(url, former.reply))
    group.set(url, { reply, until: now + this.#lifetime })
    // The latest goes to the end, the first go when there is no room.
    this.#about.delete(about)
    this.#about.set(about, group)
    for (const oldest of this.#about.keys()) {
      if (this.#size <= budget) break
      this.#drop(oldest)
    }
  }

  changed(key: string | undefined): void {
    this.generation++
    if (key === undefined) {
      this.#about.clear()
      this.#size = 0
    } else for (const about of [key, ""]) this.#drop(about)
  }

  #drop(about: string): void {
    for (const [url, { reply }] of this.#about.get(about) ?? []) this.#size -= sizeOf(url, reply)
    this.#about.delete(about)
  }
}

/** A place for one answer that is being made. */
export interface Place {
  /** The answer where it is kept. */
  readonly found: Reply | undefined
  /** Keeps the answer made instead, unless something changed meanwhile; gives it back with its entity tag. */
  readonly keep: (reply: Reply) => Reply
}

/**
 * Keeps what anonymous readers are answered (00-conventions, "Caching"), in this process: a change anywhere drops what it
 * concerns, at once here and within a second elsewhere.
 */
export class ResponseCache extends Context.Service<
  ResponseCache,
  { readonly place: (kind: SharedKind, about: string, url: string) => Place | undefined }
>()("@veza/http-koa/ResponseCache") {}

/** A weak entity tag of a body, with its quotes (RFC 9110 §8.8.3). */
export const etagOf = (body: string): string => `W/"${createHash("sha1").update(body).digest("base64url")}"`

/** `lifetimes` by kind (RESPONSE_CACHE_TTLS); kinds left out are not kept. */
export const responseCache = (lifetimes: Readonly<Record<string, Duration.Duration>>) =>
  Layer.effect(
    ResponseCache,
    Effect.gen(function* () {
      const changes = yield* Changes
      const shelves = new Map<SharedKind, Shelf>()
      for (const kind of ["tracks"] as const) {
        const lifetime = lifetimes[kind]
        if (lifetime === undefined || Time.toMillis(lifetime) === 0) continue
        const shelf = new Shelf(Time.toMillis(lifetime))
        shelves.set(kind, shelf)
        for (const topic of topics[kind]) yield* changes.follow(topic, (key) => shelf.changed(key))
      }
      return ResponseCache.of({
        place: (kind, about, url) => {
          const shelf = shelves.get(kind)
          if (shelf === undefined || url.length > longestUrl || changes.age() >= trustFor) return undefined
          const { generation } = shelf
          const found = shelf.peek(about, url, Date.now())
          ;(found === undefined ? misses : hits).updateUnsafe(1, noContext)
          return {
            found,
            keep: (reply) => {
              const tagged = { ...reply, etag: etagOf(reply.body) }
              if (shelf.generation === generation && reply.body.length <= largest) {
                shelf.keep(about, url, tagged, Date.now())
              }
              return tagged
            }
          }
        }
      })
    })
  )
