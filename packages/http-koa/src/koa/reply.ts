import { Cause, Exit } from "effect"
import { DatabaseUnavailable } from "@veza/adapters/postgres"
import { TemporarilyUnavailable } from "@veza/domain/kernel"
import type { ErrorRow } from "../contract/error-row.ts"
import { DeadlineExceeded, InternalError, rowOf } from "../contract/errors.ts"
import type { Rules } from "../contract/rules.ts"
import { precondition } from "./conditional.ts"
import type { Reply } from "./codecs.ts"
import type { KoaContext } from "./exchange.ts"
import type { Outcome } from "./fibers.ts"
import { headersAtOnce, setCaching, setCommonHeaders } from "./headers.ts"
import { closeAfterReply } from "./linger.ts"
import { etagOf } from "./response-cache.ts"

/** An error of the table as its caller reads it. */
export const renderError = (ctx: KoaContext, row: ErrorRow, error: unknown) => {
  const { body, headers } = row.render(error)
  return { headers, body: JSON.stringify({ ...body, error: { ...body.error, request_id: ctx.state.requestId } }) }
}

/** Is something wrong with us? 501 says only that we never learned what was asked for. */
export const isFault = (status: number): boolean => status >= 500 && status !== 501

/** Writes an error of the table; anything that has no row is a defect and tells the caller nothing. */
export const replyError = (ctx: KoaContext, error: unknown): void => {
  const known = rowOf(error)
  const shown = known === undefined ? new InternalError() : error
  const found = known ?? rowOf(shown)
  if (found === undefined) return
  if (isFault(found.status)) ctx.state.failure ??= error
  const { body, headers } = renderError(ctx, found, shown)
  setCommonHeaders(ctx)
  ctx.status = found.status
  ctx.set("Cache-Control", "no-store")
  ctx.set(headers)
  closeAfterReply(ctx)
  ctx.type = "application/json"
  ctx.body = body
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

/** Does the client have what the tag stands for? */
export const isFresh = (ctx: KoaContext, etag: string): boolean => {
  const ifNoneMatch = ctx.req.headers["if-none-match"] ?? ""
  const conditions = { ifMatch: "", ifNoneMatch, ifModifiedSince: "", ifUnmodifiedSince: "" }
  return precondition(conditions, { etag }) === 304
}

/** Writes JSON; a route that revalidates gets an entity tag and answers 304 where the client has it already. */
export const replyJson = (ctx: KoaContext, rules: Rules, { status, body, etag: known }: Reply): void => {
  const { res } = ctx
  const personal = ctx.state.caller !== undefined
  const headers = headersAtOnce(ctx, rules, personal)
  headers.push("Content-Type", "application/json; charset=utf-8", "Content-Length", String(Buffer.byteLength(body)))
  if (rules.cache === "revalidate") {
    const etag = known ?? etagOf(body)
    if (isFresh(ctx, etag)) {
      setCommonHeaders(ctx)
      setCaching(ctx, rules, personal)
      res.setHeader("ETag", etag)
      ctx.status = 304
      return
    }
    headers.push("ETag", etag)
  }
  // Past Koa's own way, which guesses at types and lengths that are known here.
  ctx.respond = false
  res.writeHead(status, headers)
  if (ctx.method === "HEAD") res.end()
  else res.end(body)
}
