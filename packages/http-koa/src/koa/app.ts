import { randomUUID } from "node:crypto"
import cors from "@koa/cors"
import { Effect, Exit } from "effect"
import Koa from "koa"
import { MethodNotAllowed, RouteNotFound } from "../contract/errors.ts"
import { clientAddress } from "./client-address.ts"
import type { ExchangeState, KoaContext } from "./exchange.ts"
import type { RunRequest } from "./fibers.ts"
import type { Routes } from "./interpreter.ts"
import { Limits, setLimitHeaders } from "./limits.ts"
import { countRequest } from "./metrics.ts"
import { replyError, replyFailure } from "./reply.ts"

/** One line for each answered request. */
export interface AccessLine {
  readonly request_id: string
  readonly method: string
  readonly route: string
  readonly status: number
  /** Milliseconds. */
  readonly duration: number
  readonly ip: string
  readonly user_id?: string
  readonly error?: string
}

export interface AppOptions {
  readonly allowedOrigins: ReadonlyArray<string>
  readonly trustedProxies: ReadonlyArray<string>
  readonly routes: Routes
  readonly run: RunRequest<Limits>
  readonly log: (level: "debug" | "info" | "error", line: AccessLine) => void
}

const sane = /^[A-Za-z0-9._-]{1,128}$/u
const exposed =
  "X-Request-Id,X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After,ETag,Content-Range,Accept-Ranges,X-CSRF-Token"

const securityHeaders = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "strict-origin-when-cross-origin"],
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"]
] as const

const finish = (ctx: KoaContext, log: AppOptions["log"]): void => {
  const elapsed = performance.now() - ctx.state.startedAt
  const status = ctx.res.statusCode
  countRequest(ctx.method, ctx.state.route, status, elapsed / 1000)
  const line = {
    request_id: ctx.state.requestId,
    method: ctx.method,
    route: ctx.state.route,
    status,
    duration: Math.round(elapsed * 100) / 100,
    ip: ctx.state.ip,
    ...(ctx.state.userId === undefined ? {} : { user_id: ctx.state.userId }),
    ...(ctx.state.failure === undefined ? {} : { error: String(ctx.state.failure) })
  }
  log(status >= 500 ? "error" : ctx.state.quiet ? "debug" : "info", line)
}

/** No route took the request: 404, or 405 with what the path knows. The limiters count it all the same. */
const fallback = (options: AppOptions): Koa.Middleware<ExchangeState> => {
  const counted = Effect.fnUntraced(function* (ctx: KoaContext) {
    yield* (yield* Limits).byAddress(ctx, "api")
  })
  return async (ctx, next) => {
    await next()
    if (ctx.state.route !== "" || ctx.respond === false || ctx.method === "OPTIONS") return
    const outcome = await options.run(counted(ctx), ctx, 5000)
    if (replyFailure(ctx, outcome) || Exit.isFailure(outcome.exit)) return
    const allow = ctx.response.get("allow")
    replyError(ctx, ctx.status === 405 ? new MethodNotAllowed({ allow }) : new RouteNotFound())
  }
}

/**
 * The application: CORS before everything, then request id, log and metrics, recovery, security headers; the guards of
 * each route follow in the interpreter (05-decisions, "Middleware").
 */
export const makeApp = (options: AppOptions): Koa<ExchangeState> => {
  const app = new Koa<ExchangeState>()
  const allowed = new Set(options.allowedOrigins)
  const addressOf = clientAddress(options.trustedProxies)
  app.silent = true

  app.use(
    cors({
      origin: (ctx) => (allowed.has(ctx.get("Origin")) ? ctx.get("Origin") : ""),
      credentials: true,
      maxAge: 600,
      exposeHeaders: exposed,
      allowMethods: "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS",
      allowHeaders:
        "Authorization,Content-Type,X-CSRF-Token,X-Request-Id,X-API-Key,X-Verify-Token,Idempotency-Key,Range,If-None-Match,If-Range"
    })
  )
  app.use(async (ctx, next) => {
    const presented = ctx.req.headers["x-request-id"]
    const state = ctx.state
    state.requestId = typeof presented === "string" && sane.test(presented) ? presented : randomUUID()
    state.ip = addressOf(ctx.req.socket.remoteAddress, ctx.get("x-forwarded-for"))
    state.startedAt = performance.now()
    state.route = ""
    state.quiet = false
    // Past Koa's own setter, which looks every value over: these are on every answer.
    ctx.res.setHeader("X-Request-Id", state.requestId)
    for (const [name, value] of securityHeaders) ctx.res.setHeader(name, value)
    ctx.res.once("close", () => finish(ctx, options.log))
    try {
      await next()
    } catch (error) {
      replyError(ctx, error)
    }
    if (ctx.respond !== false) setLimitHeaders(ctx)
  })
  const { fixed, router } = options.routes
  app.use((ctx, next) => fixed.get(`${ctx.method} ${ctx.path}`)?.(ctx) ?? next())
  app.use(fallback(options))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
