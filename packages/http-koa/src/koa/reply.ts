import { createHash } from "node:crypto"
import { Cause, Exit } from "effect"
import { DatabaseUnavailable } from "@veza/adapters/postgres"
import { TemporarilyUnavailable } from "@veza/domain/kernel"
import { DeadlineExceeded, InternalError, rowOf } from "../contract/errors.ts"
import type { Rules } from "../contract/rules.ts"
import { precondition } from "./conditional.ts"
import type { KoaContext } from "./exchange.ts"
import type { Outcome } from "./fibers.ts"
import { closeAfterReply } from "./linger.ts"

/** Writes an error of the table; anything that has no row is a defect and tells the caller nothing. */
export const replyError = (ctx: KoaContext, error: unknown): void => {
  const known = rowOf(error)
  const shown = known === undefined ? new InternalError() : error
  const found = known ?? rowOf(shown)
  if (found === undefined) return
  if (found.status >= 500) ctx.state.failure ??= error
  const { body, headers } = found.render(shown)
  ctx.status = found.status
  ctx.set("Cache-Control", "no-store")
  ctx.set(headers)
  closeAfterReply(ctx)
  ctx.type = "application/json"
  ctx.body = JSON.stringify({ ...body, error: { ...body.error, request_id: ctx.state.requestId } })
}

/** What went wrong, in the words of the error table where a row fits. */
const squash = (cause: Cause.Cause<unknown>): unknown => {
  const error = Cause.squash(cause)
  return error instanceof DatabaseUnavailable ? new TemporarilyUnavailable({ retryAfter: 2 }) : error
}

/** Answers a failed or interrupted outcome; true when there was one. A client that left gets nothing. */
export const replyFailure = (ctx: KoaContext, { exit, timedOut }: Outcome<unknown, unknown>): boolean => {
  if (Exit.isSuccess(exit)) return false
  if (timedOut) replyError(ctx, new DeadlineExceeded())
  else if (Cause.hasInterruptsOnly(exit.cause)) ctx.respond = false
  else {
    const shown = squash(exit.cause)
    if (rowOf(shown) === undefined || shown instanceof TemporarilyUnavailable)
      ctx.state.failure = Cause.pretty(exit.cause)
    replyError(ctx, shown)
  }
  return true
}

const cacheControl = {
  "no-store": "no-store",
  "no-cache": "no-cache",
  revalidate: "no-cache",
  static: "public, max-age=31536000, immutable",
  audio: "public, max-age=604800"
} as const

/** The caching headers of a route (00-conventions, "Caching"): what depends on the caller is private and varies. */
export const setCaching = (ctx: KoaContext, rules: Rules, personal: boolean): void => {
  const value = cacheControl[rules.cache]
  const { res } = ctx
  // Origin is there already, from CORS; to parse and merge the list anew on every request costs more than to know it.
  if (rules.auth !== "P") res.setHeader("Vary", "Origin, Authorization, Cookie")
  res.setHeader(
    "Cache-Control",
    personal && rules.cache !== "no-store" ? `private, ${value.replace("public, ", "")}` : value
  )
}

/** Writes JSON; a route that revalidates gets an entity tag and answers 304 where the client has it already. */
export const replyJson = (ctx: KoaContext, rules: Rules, status: number, body: string): void => {
  ctx.status = status
  ctx.type = "application/json"
  if (rules.cache === "revalidate") {
    const etag = `W/"${createHash("sha1").update(body).digest("base64url")}"`
    ctx.set("ETag", etag)
    const conditions = {
      ifMatch: "",
      ifNoneMatch: ctx.get("if-none-match"),
      ifModifiedSince: "",
      ifUnmodifiedSince: ""
    }
    if (precondition(conditions, { etag }) === 304) {
      ctx.status = 304
      return
    }
  }
  ctx.body = body
}
