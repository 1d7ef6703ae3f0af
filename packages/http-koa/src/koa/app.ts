import { randomUUID } from "node:crypto"
import type { requestLog } from "@veza/adapters/observability"
import cors from "@koa/cors"
import { Exit } from "effect"
import Koa from "koa"
import type { SignedIn } from "@veza/domain/kernel"
import { MethodNotAllowed, RouteNotFound } from "../contract/errors.ts"
import { tusAnswerHeaders, tusRequestHeaders } from "../contract/tus.ts"
import { clientAddress } from "./client-address.ts"
import type { ExchangeState, KoaContext } from "./exchange.ts"
import type { RunRequest } from "./fibers.ts"
import type { Routes } from "./interpreter.ts"
import { setCommonHeaders, setLimitHeaders, standingHeaders } from "./headers.ts"
import type { Limits } from "./limits.ts"
import { countRequest } from "./metrics.ts"
import { isFault, replyError, replyFailure } from "./reply.ts"

export interface AppOptions {
  readonly allowedOrigins: ReadonlyArray<string>
  readonly trustedProxies: ReadonlyArray<string>
  readonly routes: Routes
  readonly run: RunRequest<never>
  readonly limits: Limits["Service"]
  /** Called at the end of each authenticated call; must take no time. */
  readonly recordCall: (ctx: KoaContext, caller: SignedIn, status: number) => void
  readonly log: ReturnType<typeof requestLog>
  /** Whether browsers are told to come back by TLS only. */
  readonly strictTransport: boolean
}

const sane = /^[A-Za-z0-9._-]{1,128}$/u
const exposed = `X-Request-Id,X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset,Retry-After,ETag,Content-Range,Accept-Ranges,X-CSRF-Token,Idempotency-Replayed,${tusAnswerHeaders}`

/** Clients that cannot send PATCH or DELETE send POST and say what they mean (tus 1.0, "X-HTTP-Method-Override"). */
const overrideMethod = (ctx: KoaContext): void => {
  const meant = ctx.req.headers["x-http-method-override"]
  if (meant === undefined || ctx.method !== "POST" || !ctx.path.startsWith("/api/v1/uploads/")) return
  if (meant === "PATCH" || meant === "DELETE") ctx.method = meant
}

const finish = (ctx: KoaContext, { log, recordCall }: AppOptions): void => {
  const elapsed = performance.now() - ctx.state.startedAt
  const status = ctx.res.statusCode
  countRequest(ctx.method, ctx.state.route, status, elapsed / 1000)
  const { state } = ctx
  const { caller } = state
  if (caller !== undefined) recordCall(ctx, caller, status)
  log(isFault(status) ? "error" : state.quiet ? "debug" : "info", {
    requestId: state.requestId,
    method: ctx.method,
    route: state.route,
    status,
    duration: Math.round(elapsed * 100) / 100,
    ip: state.ip,
    userId: caller?.userId,
    keyId: caller?.by === "key" ? caller.keyId : undefined,
    error: state.failure === undefined ? undefined : String(state.failure)
  })
}

/** No route took the request: 404, or 405 with what the path knows. The limiters count it all the same. */
const fallback = (options: AppOptions): Koa.Middleware<ExchangeState> => {
  return async (ctx, next) => {
    await next()
    if (ctx.state.route !== "" || ctx.respond === false) return
    if (ctx.method === "OPTIONS") return ctx.status === 404 ? replyError(ctx, new RouteNotFound()) : undefined
    const outcome = await options.run(options.limits.byAddress(ctx, "api"), ctx, 5000)
    if (replyFailure(ctx, outcome) || Exit.isFailure(outcome.exit)) return
    const allow = String(ctx.res.getHeader("Allow") ?? "")
    ctx.remove("Allow")
    replyError(ctx, allow === "" ? new RouteNotFound() : new MethodNotAllowed({ allow }))
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

  const crossOrigin = cors({
    origin: (ctx) => (allowed.has(ctx.get("Origin")) ? ctx.get("Origin") : ""),
    credentials: true,
    maxAge: 600,
    exposeHeaders: exposed,
    allowMethods: "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS",
    allowHeaders: `Authorization,Content-Type,X-CSRF-Token,X-Request-Id,X-API-Key,X-Verify-Token,Idempotency-Key,Range,If-None-Match,If-Range,${tusRequestHeaders}`
  })
  const { table, router } = options.routes
  const standing = standingHeaders(options.strictTransport)
  const answer: Koa.Middleware<ExchangeState> = async (ctx, next) => {
    const presented = ctx.req.headers["x-request-id"]
    const forwarded = ctx.req.headers["x-forwarded-for"]
    const state = ctx.state
    state.requestId = typeof presented === "string" && sane.test(presented) ? presented : randomUUID()
    state.ip = addressOf(ctx.req.socket.remoteAddress, typeof forwarded === "string" ? forwarded : "")
    state.startedAt = performance.now()
    state.route = ""
    state.quiet = false
    state.standing = standing
    ctx.res.on("close", () => finish(ctx, options))
    try {
      // Node lets the target `any://host` through, in which there is no path.
      if (!ctx.path) ctx.path = "/"
      overrideMethod(ctx)
      const match = table.find(ctx.method, ctx.path)
      if (match !== undefined) ctx["params"] = match.params
      const pending = match === undefined ? next() : match.target(ctx)
      if (pending !== undefined) await pending
    } catch (error) {
      replyError(ctx, error)
    }
    if (ctx.respond === false) return
    if (state.route === "") setCommonHeaders(ctx)
    setLimitHeaders(ctx)
  }
  // Without an Origin there is nothing to say but Vary, which every answer carries anyway.
  app.use((ctx, next) =>
    ctx.req.headers.origin === undefined ? answer(ctx, next) : crossOrigin(ctx, () => answer(ctx, next))
  )
  app.use(fallback(options))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}
