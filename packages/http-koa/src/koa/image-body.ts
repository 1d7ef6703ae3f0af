import type { Readable } from "node:stream"
import { Busboy } from "@fastify/busboy"
import { Effect } from "effect"
import { ImageFileTooLarge, maxImageBytes } from "@veza/domain/accounts"
import { InvalidRequest, UnsupportedMediaType } from "../contract/errors.ts"
import type { KoaContext } from "./exchange.ts"

type Fault = InvalidRequest | UnsupportedMediaType | ImageFileTooLarge

/** Room for the boundaries of the form around the file. */
const formOverhead = 16 * 1024

const faulty = (field: string, message: string) => new InvalidRequest({ faults: [{ field, message }] })
const tooLarge = (maxBytes: number) => new ImageFileTooLarge({ maxBytes })

type Done = (result: Buffer | Fault) => void

/** Keeps what a stream brings, up to the limit; answers how to stop. What comes after that is thrown away. */
const gather = (stream: Readable, maxBytes: number, done: Done): (() => void) => {
  const chunks: Array<Buffer> = []
  let size = 0
  const onData = (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) done(tooLarge(maxBytes))
    else chunks.push(chunk)
  }
  stream.on("data", onData)
  stream.once("end", () => done(Buffer.concat(chunks)))
  stream.once("error", () => done(faulty("body", "ended too early")))
  return () => {
    stream.off("data", onData)
    stream.resume()
  }
}

const gatherForm = (ctx: KoaContext, contentType: string, maxBytes: number, done: Done): (() => void) => {
  const form = new Busboy({
    headers: { "content-type": contentType },
    limits: { files: 1, fields: 10, fieldSize: 1024, parts: 12, headerPairs: 20 }
  })
  let file: Buffer | undefined
  form.on("file", (name, stream) => {
    if (name === "file") {
      gather(stream, maxBytes, (result) => {
        if (Buffer.isBuffer(result)) file = result
        else done(result)
      })
      return
    }
    stream.resume()
    done(faulty(name, "is not expected here; the file's field is `file`"))
  })
  form.on("filesLimit", () => done(faulty("file", "may be given only once")))
  form.on("error", () => done(faulty("body", "is not a well-formed multipart form")))
  form.on("finish", () => done(file ?? faulty("file", "is required")))
  ctx.req.pipe(form)
  return () => {
    ctx.req.unpipe(form)
    ctx.req.resume()
  }
}

/** Begins to read; answers how to stop, or why it cannot begin. */
const begin = (ctx: KoaContext, maxBytes: number, done: Done): (() => void) | Fault => {
  const contentType = ctx.get("content-type")
  const isForm = /^multipart\/form-data\s*;/iu.test(contentType)
  if (Number(ctx.get("content-length")) > maxBytes + (isForm ? formOverhead : 0)) return tooLarge(maxBytes)
  if (isForm) {
    try {
      return gatherForm(ctx, contentType, maxBytes, done)
    } catch {
      return faulty("body", "is not a well-formed multipart form")
    }
  }
  if (!/^(?:image\/|application\/octet-stream\b)/iu.test(contentType)) {
    return new UnsupportedMediaType({ expected: "multipart/form-data with a file, or an image" })
  }
  return gather(ctx.req, maxBytes, done)
}

/**
 * Reads an image of at most `maxBytes`, 5 MB unless told, that is sent as the `file` of a multipart form or as the body itself; nothing for `idle`
 * milliseconds counts as gone. What the image is, its bytes must tell.
 */
export const readImageBody = (
  ctx: KoaContext,
  idle: number,
  maxBytes: number = maxImageBytes
): Effect.Effect<Uint8Array, Fault> =>
  Effect.callback((resume) => {
    const { req } = ctx
    let stop = () => {}
    const release = () => {
      clearTimeout(timer)
      req.off("data", onData).off("close", onClose)
      stop()
    }
    const finish: Done = (result) => {
      release()
      resume(Buffer.isBuffer(result) ? Effect.succeed(result) : Effect.fail(result))
    }
    const gone = () => finish(faulty("body", "ended too early"))
    const onClose = () => {
      if (!req.complete) gone()
    }
    let timer = setTimeout(gone, idle)
    const onData = () => {
      clearTimeout(timer)
      timer = setTimeout(gone, idle)
    }
    req.on("data", onData).once("close", onClose)
    const begun = begin(ctx, maxBytes, finish)
    if (typeof begun === "function") stop = begun
    else finish(begun)
    return Effect.sync(release)
  })
