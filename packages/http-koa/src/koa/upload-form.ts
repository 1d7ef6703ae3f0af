import type { Readable } from "node:stream"
import { Busboy, type BusboyHeaders } from "@fastify/busboy"
import { Deferred, Effect, Schema, SchemaIssue, Stream } from "effect"
import { InvalidUploadForm, TrackMetadata, type UploadCommand, UploadInterrupted } from "@veza/domain/tracks"
import type { KoaContext } from "./exchange.ts"

const faulty = (field: string, message: string) => new InvalidUploadForm({ faults: [{ field, message }] })
const decodeMetadata = Schema.decodeUnknownEffect(TrackMetadata, { errors: "all" })
const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const numbers = new Set(["year", "bpm"])
const flags: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false }

/** Form fields are text; those of other types are read here, and what cannot be read goes on as text to be refused. */
const typed = (name: string, text: string): unknown => {
  if (numbers.has(name)) return /^\d{1,9}$/u.test(text) ? Number(text) : text
  if (name === "is_public" || name === "downloadable" || name === "allow_duplicate")
    return flags[text.toLowerCase()] ?? text
  return text
}

const tagsOf = (values: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(
    values
      .flatMap((value) => value.split(","))
      .map((tag) => tag.trim())
      .filter((tag) => tag !== "")
  )
]

/** Reads the fields by the domain's schema; an empty optional field counts as absent. */
export const readMetadata = (fields: ReadonlyMap<string, ReadonlyArray<string>>) => {
  const input: Record<string, unknown> = {}
  for (const [name, values] of fields) {
    const value = values.at(-1) ?? ""
    if (name === "tags") input["tags"] = tagsOf(values)
    else if (value !== "" || name === "title") input[name] = typed(name, value)
  }
  return decodeMetadata(input).pipe(
    Effect.mapError(
      (error) =>
        new InvalidUploadForm({
          faults: formatIssues(error.issue).issues.map(({ path, message }) => ({
            field: path?.map(String).join(".") || "body",
            message: message === "Missing key" ? "is required" : message
          }))
        })
    )
  )
}

/** Ends a stalled upload: nothing for `idle` milliseconds is the same as gone. */
export const watched = (source: Readable, idle: number, giveUp: () => void): (() => void) => {
  let timer = setTimeout(giveUp, idle)
  const onData = () => {
    clearTimeout(timer)
    timer = setTimeout(giveUp, idle)
  }
  source.on("data", onData)
  return () => {
    clearTimeout(timer)
    source.off("data", onData)
  }
}

type Fault = InvalidUploadForm | UploadInterrupted

const parser = (ctx: KoaContext): InstanceType<typeof Busboy> | undefined => {
  const contentType = ctx.get("content-type")
  if (!/^multipart\/form-data\s*;/iu.test(contentType)) return undefined
  try {
    const headers: BusboyHeaders = { "content-type": contentType }
    return new Busboy({ headers, limits: { files: 1, fields: 40, fieldSize: 64 * 1024, parts: 50, headerPairs: 20 } })
  } catch {
    return undefined
  }
}

/**
 * Begins to read a multipart upload and answers as soon as its file begins: the content as a stream that holds the
 * sender back, the fields once the form has ended (they may stand before or behind the file). Nothing is kept in memory
 * but the fields.
 */
export const readUploadForm = Effect.fnUntraced(function* (ctx: KoaContext, idle: number) {
  const form = parser(ctx)
  if (form === undefined) return yield* faulty("body", "must be multipart/form-data with a file")
  const started = yield* Deferred.make<UploadCommand, Fault>()
  const ended = yield* Deferred.make<void, Fault>()
  const fields = new Map<string, Array<string>>()
  const { req } = ctx
  let file: Readable | undefined
  let broken: Fault = new UploadInterrupted()

  const end = (fault?: Fault) => {
    stopWatching()
    const result = fault === undefined ? Effect.void : Effect.fail(fault)
    Deferred.doneUnsafe(ended, result)
    if (fault !== undefined) {
      broken = fault
      Deferred.doneUnsafe(started, Effect.fail(fault))
      req.unpipe(form)
      file?.destroy(new Error(fault._tag))
    } else if (file === undefined) Deferred.doneUnsafe(started, Effect.fail(faulty("file", "is required")))
  }
  const stopWatching = watched(req, idle, () => end(new UploadInterrupted()))

  form.on("field", (name, value, _nameTruncated, valueTruncated) => {
    if (valueTruncated) end(faulty(name, "is too long"))
    else fields.set(name, [...(fields.get(name) ?? []), value])
  })
  form.on("file", (name, stream, fileName) => {
    if (name !== "file" || file !== undefined) {
      stream.resume()
      end(faulty(name, file === undefined ? "is not expected here; the file's field is `file`" : "holds a second file"))
      return
    }
    file = stream
    stream.on("error", () => {})
    Deferred.doneUnsafe(
      started,
      Effect.succeed({
        fileName: fileName ?? "",
        content: Stream.fromAsyncIterable<Uint8Array, Fault>(stream, () => broken),
        metadata: Effect.andThen(
          Deferred.await(ended),
          Effect.suspend(() => readMetadata(fields))
        )
      })
    )
  })
  form.on("filesLimit", () => end(faulty("file", "may be given only once")))
  form.on("fieldsLimit", () => end(faulty("body", "holds too many fields")))
  form.on("partsLimit", () => end(faulty("body", "holds too many parts")))
  form.on("error", () => end(faulty("body", "is not a well-formed multipart form")))
  form.on("finish", () => end())
  req.once("close", () => {
    if (!req.complete) end(new UploadInterrupted())
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      stopWatching()
      req.unpipe(form)
      file?.destroy()
      req.resume()
    })
  )
  req.pipe(form)
  return yield* Deferred.await(started)
})
