import type { Rules } from "../contract/rules.ts"
import type { KoaContext } from "./exchange.ts"
import { limitHeaders } from "./limits.ts"

/** Names and values in turns. */
export type Headers = ReadonlyArray<string>

/**
 * What stands on every answer. With `strictTransport` browsers are told to come back by TLS only, for a year (RFC 6797
 * §6.1): it stands in front of every real host.
 */
export const standingHeaders = (strictTransport: boolean): Headers => [
  "X-Content-Type-Options",
  "nosniff",
  "X-Frame-Options",
  "DENY",
  "Referrer-Policy",
  "strict-origin-when-cross-origin",
  "Content-Security-Policy",
  "default-src 'none'; frame-ancestors 'none'",
  ...(strictTransport ? ["Strict-Transport-Security", "max-age=31536000"] : [])
]

const cacheControl = {
  "no-store": "no-store",
  "no-cache": "no-cache",
  revalidate: "no-cache",
  static: "public, max-age=31536000, immutable",
  audio: "public, max-age=604800",
  hls: "public, max-age=60",
  image: "public, max-age=2592000",
  brief: "public, max-age=300"
} as const

/** What an answer depends on besides its address: CORS makes every one depend on Origin. */
const varyOf = (rules: Rules): string => (rules.auth === "P" ? "Origin" : "Origin, Authorization, Cookie, X-API-Key")

/** The caching of an answer (00-conventions, "Caching"): what depends on the caller is private. */
const cachingOf = (rules: Rules, personal: boolean): string => {
  const value = cacheControl[rules.cache]
  return personal && rules.cache !== "no-store" ? `private, ${value.replace("public, ", "")}` : value
}

const setAll = (ctx: KoaContext, headers: Headers): void => {
  for (let at = 0; at + 1 < headers.length; at += 2) ctx.res.setHeader(headers[at] ?? "", headers[at + 1] ?? "")
}

/** Sets what is on every answer; one written by `headersAtOnce` carries it anyway. */
export const setCommonHeaders = (ctx: KoaContext): void => {
  ctx.res.setHeader("X-Request-Id", ctx.state.requestId)
  setAll(ctx, ctx.state.standing)
  if (!ctx.res.hasHeader("Vary")) ctx.res.setHeader("Vary", "Origin")
}

/** What a handler said of the caching of this very answer. */
const ownCaching = (ctx: KoaContext): string | undefined => {
  const value = ctx.res.getHeader("Cache-Control")
  return typeof value === "string" ? value : undefined
}

/** Sets the caching headers of a route for an answer that is not written by `headersAtOnce`. */
export const setCaching = (ctx: KoaContext, rules: Rules, personal: boolean): void => {
  ctx.res.setHeader("Vary", varyOf(rules))
  ctx.res.setHeader("Cache-Control", ownCaching(ctx) ?? cachingOf(rules, personal))
}

/** Says what the limiters think, on every answer (05-decisions, "Limits"). */
export const setLimitHeaders = (ctx: KoaContext): void => {
  if (!ctx.res.headersSent) setAll(ctx, limitHeaders(ctx))
}

/**
 * Every header that is not of the body itself, for `writeHead`: one by one they cost a tenth of a request, and so does
 * each of them as soon as any was set before. They override what was set under the same names, but for what a handler
 * said of caching.
 */
export const headersAtOnce = (ctx: KoaContext, rules: Rules, personal: boolean): Array<string> => [
  "X-Request-Id",
  ctx.state.requestId,
  ...ctx.state.standing,
  "Vary",
  varyOf(rules),
  "Cache-Control",
  ownCaching(ctx) ?? cachingOf(rules, personal),
  ...limitHeaders(ctx)
]
