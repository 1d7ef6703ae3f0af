import { PassThrough, type Readable } from "node:stream"
import { Busboy, type BusboyHeaders } from "@fastify/busboy"
import { Deferred, Effect, Stream } from "effect"
import { StatementInterrupted } from "@veza/domain/royalties"
import { InvalidRequest, UnsupportedMediaType } from "../contract/errors.ts"
import type { KoaContext } from "./exchange.ts"
import { watched } from "./upload-form.ts"

type Fault = InvalidRequest | UnsupportedMediaType | StatementInterrupted

export interface StatementBody {
  readonly fileName: string | undefined
  readonly content: Stream.Stream<Uint8Array, Fault>
}

const faulty = (field: string, message: string) => new InvalidRequest({ faults: [{ field, message }] })
const text = /^(?:text\/(?:csv|tab-separated-values|plain)|application\/(?:csv|octet-stream))\b/iu

/** Hands the body on, or the file of a form, at the pace of whoever reads; nothing for `idle` milliseconds counts as gone. */
class Incoming {
  readonly file = new PassThrough()
  readonly started = Deferred.makeUnsafe<string | undefined, Fault>()
  #broken: Fault = new StatementInterrupted()

  begin(fileName: string | undefined): void {
    Deferred.doneUnsafe(this.started, Effect.succeed(fileName))
  }
  fail(fault: Fault): void {
    this.#broken = fault
    Deferred.doneUnsafe(this.started, Effect.fail(fault))
    this.file.destroy(new Error(fault._tag))
  }
  get content(): Stream.Stream<Uint8Array, Fault> {
    return Stream.fromAsyncIterable<Uint8Array, Fault>(this.file, () => this.#broken)
  }
}

const readForm = (contentType: string, incoming: Incoming): InstanceType<typeof Busboy> | undefined => {
  try {
    const headers: BusboyHeaders = { "content-type": contentType }
    const form = new Busboy({ headers, limits: { files: 1, fields: 5, fieldSize: 1024, parts: 8, headerPairs: 20 } })
    let found: Readable | undefined
    form.on("file", (name, stream, fileName) => {
      if (name !== "file" || found !== undefined) {
        stream.resume()
        incoming.fail(faulty(name, "is not expected here; the file's field is `file`"))
        return
      }
      found = stream
      stream.on("error", () => {})
      stream.pipe(incoming.file)
      incoming.begin(fileName)
    })
    form.on("filesLimit", () => incoming.fail(faulty("file", "may be given only once")))
    form.on("error", () => incoming.fail(faulty("body", "is not a well-formed multipart form")))
    form.on("finish", () => {
      if (found === undefined) incoming.fail(faulty("file", "is required"))
    })
    return form
  } catch {
    return undefined
  }
}

/** Begins to read a statement that is sent as the `file` of a multipart form or as the body itself. */
export const readStatementBody = Effect.fnUntraced(function* (ctx: KoaContext, idle: number) {
  const { req } = ctx
  const contentType = ctx.get("content-type")
  const incoming = new Incoming()
  incoming.file.on("error", () => {})
  const isForm = /^multipart\/form-data\s*;/iu.test(contentType)
  if (!isForm && !text.test(contentType)) {
    return yield* new UnsupportedMediaType({
      expected: "multipart/form-data with a file, text/csv or text/tab-separated-values"
    })
  }
  const sink = isForm ? readForm(contentType, incoming) : incoming.file
  if (sink === undefined) return yield* faulty("body", "is not a well-formed multipart form")
  if (!isForm) incoming.begin(undefined)
  const gone = () => incoming.fail(new StatementInterrupted())
  const stopWatching = watched(req, idle, gone)
  const onClose = () => {
    if (!req.complete) gone()
  }
  req.once("close", onClose)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      stopWatching()
      req.off("close", onClose)
      req.unpipe(sink)
      incoming.file.destroy()
      req.resume()
    })
  )
  req.pipe(sink)
  const fileName = yield* Deferred.await(incoming.started)
  return { fileName, content: incoming.content } satisfies StatementBody
})
