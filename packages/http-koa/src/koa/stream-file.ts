import { randomUUID } from "node:crypto"
import type { ServerResponse } from "node:http"
import { Effect } from "effect"
import { type ByteRange, rangesOf, type StoredFile } from "@veza/domain/kernel"
import { precondition, rangeApplies } from "./conditional.ts"
import type { KoaContext } from "./exchange.ts"
import type { Rules } from "../contract/rules.ts"
import { headersAtOnce, setLimitHeaders } from "./headers.ts"
import { giveBack, takeBuffer } from "./buffers.ts"

export interface Representation {
  readonly file: StoredFile
  readonly contentType: string
  /** A strong entity tag, with its quotes. */
  readonly etag: string
}

/** Waits until the connection took what was written; fails when nothing moves for `idle` milliseconds. */
export const drained = (res: ServerResponse, idle: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(new Error("the reader stood still")), idle)
    const onDrain = () => done()
    const onClose = () => done(new Error("the reader left"))
    const done = (error?: Error) => {
      clearTimeout(timer)
      res.off("drain", onDrain).off("close", onClose)
      if (error === undefined) resolve()
      else reject(error)
    }
    res.once("drain", onDrain).once("close", onClose)
  })

/**
 * Copies one range to the connection: what is in memory as it is, the rest through one pooled buffer at a time. A slow
 * reader costs no memory.
 */
const copy = async (file: StoredFile, range: ByteRange, res: ServerResponse, idle: number): Promise<void> => {
  let position = range.first
  while (position <= range.last) {
    if (res.destroyed) throw new Error("the reader left")
    const known = file.atHand?.(position)?.subarray(0, range.last - position + 1)
    if (known !== undefined) {
      position += known.length
      if (!res.write(known)) await drained(res, idle)
      continue
    }
    const buffer = takeBuffer()
    const wanted = Math.min(buffer.length, range.last - position + 1)
    const read = await file.read(position, wanted === buffer.length ? buffer : buffer.subarray(0, wanted))
    if (read === 0) throw new Error("the file is shorter than it was")
    position += read
    const flowing = res.write(buffer.subarray(0, read), () => giveBack(buffer))
    if (!flowing) await drained(res, idle)
  }
}

interface Part {
  readonly head: string
  readonly range: ByteRange
}

const contentRange = ({ first, last }: ByteRange, size: number): string => `bytes ${first}-${last}/${size}`

/** The parts of a multipart/byteranges body and its length (RFC 9110 §14.6). */
const multipart = (ranges: ReadonlyArray<ByteRange>, { contentType, file }: Representation) => {
  const boundary = randomUUID()
  const parts: ReadonlyArray<Part> = ranges.map((range) => ({
    head: `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${contentRange(range, file.size)}\r\n\r\n`,
    range
  }))
  const tail = `\r\n--${boundary}--\r\n`
  const length = parts.reduce((sum, { head, range }) => sum + head.length + range.last - range.first + 1, tail.length)
  return { boundary, parts, tail, length }
}

interface Plan {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The whole body, where it is in memory. */
  readonly body?: Uint8Array | undefined
  readonly send: (res: ServerResponse, idle: number) => Promise<void>
}
const nothing = async () => {}
/** A cache that kept a refusal for as long as the file would give it to everybody who asks for the file (RFC 9111 §3). */
const notKept = { "Cache-Control": "no-store" }

const wholeBody = (file: StoredFile, { first, last }: ByteRange): Uint8Array | undefined => {
  const known = file.atHand?.(first)
  return known !== undefined && known.length > last - first ? known.subarray(0, last - first + 1) : undefined
}

/** Ends the answer with a body that is in memory; a reader who then takes nothing for `idle` milliseconds is let go. */
const endWith = (res: ServerResponse, body: Uint8Array, idle: number): void => {
  res.end(body)
  if (res.writableLength > 0) res.setTimeout(idle, () => res.destroy())
}

/** Decides the whole answer: status, headers, bytes (RFC 9110 §13.2.2 for the order, §14.2, §15.3.7, §15.5.17). */
const plan = (ctx: KoaContext, representation: Representation): Plan => {
  const { file, etag, contentType } = representation
  const validators = { etag, lastModified: file.modifiedAt }
  const headers = { ETag: etag, "Last-Modified": file.modifiedAt.toUTCString(), "Accept-Ranges": "bytes" }
  const asks = ctx.req.headers
  const conditions = {
    ifMatch: asks["if-match"] ?? "",
    ifNoneMatch: asks["if-none-match"] ?? "",
    ifModifiedSince: asks["if-modified-since"] ?? "",
    ifUnmodifiedSince: asks["if-unmodified-since"] ?? ""
  }
  const refused = precondition(conditions, validators)
  if (refused === 304) return { status: 304, headers, send: nothing }
  if (refused === 412) return { status: 412, headers: { ...headers, ...notKept }, send: nothing }
  // Only a GET has ranges (§14.2).
  const hasRanges = ctx.method === "GET" && rangeApplies(ctx.get("if-range"), validators)
  const asked = hasRanges ? rangesOf(asks.range ?? "", file.size) : undefined
  if (asked?._tag === "Unsatisfiable") {
    const told = { ...headers, ...notKept, "Content-Range": `bytes */${file.size}`, "Content-Length": "0" }
    return { status: 416, headers: told, send: nothing }
  }
  if (asked?._tag === "Ranges" && asked.ranges.length > 1) {
    const { boundary, parts, tail, length } = multipart(asked.ranges, representation)
    return {
      status: 206,
      headers: {
        ...headers,
        "Content-Type": `multipart/byteranges; boundary=${boundary}`,
        "Content-Length": String(length)
      },
      send: async (res, idle) => {
        for (const { head, range } of parts) {
          res.write(head)
          await copy(file, range, res, idle)
        }
        res.write(tail)
      }
    }
  }
  const range = asked?._tag === "Ranges" ? asked.ranges[0] : undefined
  const sent = range ?? { first: 0, last: file.size - 1 }
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      "Content-Type": contentType,
      "Content-Length": String(sent.last - sent.first + 1),
      ...(range === undefined ? {} : { "Content-Range": contentRange(range, file.size) })
    },
    body: wholeBody(file, sent),
    send: (res, idle) => copy(file, sent, res, idle)
  }
}

/**
 * Sends a stored file as RFC 9110 wants it. HEAD answers the headers of the whole. The exchange ends early when the reader
 * leaves, or takes nothing for `idle` milliseconds.
 */
export const streamFile = (ctx: KoaContext, representation: Representation, idle: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const planned = plan(ctx, representation)
    if (sendNow(ctx, planned, idle)) return Effect.void
    begin(ctx, planned)
    return sendAll(ctx.res, planned.send, idle)
  })

/** Sends a part that is in memory whole, at the call; false when something must be read, and nothing is sent. */
export const streamAtHand = (ctx: KoaContext, rules: Rules, representation: Representation, idle: number): boolean => {
  const { status, headers, body } = plan(ctx, representation)
  if (body === undefined || ctx.method === "HEAD") return false
  const all = headersAtOnce(ctx, rules, ctx.state.caller !== undefined)
  for (const name in headers) all.push(name, headers[name] ?? "")
  ctx.respond = false
  ctx.res.writeHead(status, all)
  endWith(ctx.res, body, idle)
  return true
}

const begin = (ctx: KoaContext, { status, headers }: Plan): void => {
  const { res } = ctx
  res.statusCode = status
  for (const name in headers) res.setHeader(name, headers[name] ?? "")
  setLimitHeaders(ctx)
  ctx.respond = false
}

const sendNow = (ctx: KoaContext, planned: Plan, idle: number): boolean => {
  const isEmpty = ctx.method === "HEAD" || planned.send === nothing
  if (!isEmpty && planned.body === undefined) return false
  begin(ctx, planned)
  if (isEmpty || planned.body === undefined) ctx.res.end()
  else endWith(ctx.res, planned.body, idle)
  return true
}

/** Sends bit by bit; the exchange breaks off when the work is interrupted, the reader leaves or stands still. */
const sendAll = (res: ServerResponse, send: Plan["send"], idle: number): Effect.Effect<void> =>
  Effect.promise(async (signal) => {
    const abort = () => res.destroy()
    signal.addEventListener("abort", abort)
    try {
      await send(res, idle)
      res.end()
    } catch {
      res.destroy()
    } finally {
      signal.removeEventListener("abort", abort)
    }
  })
