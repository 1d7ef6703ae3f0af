import { Effect } from "effect"
import { BodyTooLarge, InvalidRequest, UnsupportedMediaType } from "../contract/errors.ts"
import type { KoaContext } from "./exchange.ts"
import { jsonFault } from "./json-scan.ts"

/** Bytes of a JSON body (05-decisions, "Bodies"). */
export const maxJsonBytes = 1024 * 1024

const tooLarge = (maxBytes: number) => new BodyTooLarge({ maxBytes })
const invalid = (message: string) => new InvalidRequest({ faults: [{ field: "body", message }] })
const messages = {
  too_deep: "is nested more than 32 levels deep",
  duplicate_key: "holds the same key twice in one object"
} as const

const collect = (ctx: KoaContext, maxBytes: number): Effect.Effect<Buffer, BodyTooLarge | InvalidRequest> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    const done = (result: Effect.Effect<Buffer, BodyTooLarge | InvalidRequest>) => {
      ctx.req.off("data", onData).off("end", onEnd).off("aborted", onGone).off("error", onGone)
      resume(result)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) {
        ctx.req.pause()
        done(Effect.fail(tooLarge(maxBytes)))
      } else chunks.push(chunk)
    }
    const onEnd = () =>
      done(Effect.succeed(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
    const onGone = () => done(Effect.fail(invalid("ended too early")))
    ctx.req.on("data", onData).on("end", onEnd).on("aborted", onGone).on("error", onGone)
  })

const parse = (bytes: Buffer): Effect.Effect<unknown, InvalidRequest> => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    const fault = jsonFault(text)
    return fault === undefined ? Effect.succeed(value) : Effect.fail(invalid(messages[fault]))
  } catch {
    return Effect.fail(invalid("is not JSON in UTF-8"))
  }
}

/** Reads a body as it comes, byte by byte the same; too large is told as soon as it is known. */
export const readRawBody = (ctx: KoaContext, maxBytes: number): Effect.Effect<Buffer, BodyTooLarge | InvalidRequest> =>
  Number(ctx.get("content-length")) > maxBytes ? Effect.fail(tooLarge(maxBytes)) : collect(ctx, maxBytes)

/** Reads a JSON body; an absent one reads as `{}`. Too large is told as soon as it is known. */
export const readJson = (
  ctx: KoaContext
): Effect.Effect<unknown, BodyTooLarge | InvalidRequest | UnsupportedMediaType> => {
  const length = ctx.get("content-length")
  if (length === "0" || (length === "" && ctx.get("transfer-encoding") === "")) return Effect.succeed({})
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/iu.test(ctx.get("content-type"))) {
    return Effect.fail(new UnsupportedMediaType({ expected: "application/json" }))
  }
  return Effect.flatMap(readRawBody(ctx, maxJsonBytes), parse)
}
