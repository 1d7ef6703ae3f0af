import type { KoaContext } from "./exchange.ts"

const accessCookie = "access_token"
const refreshCookie = "refresh_token"
const refreshPath = "/api/v1/auth"

/** The value of one cookie; the first wins when a name comes twice (RFC 6265 §5.4 puts the longer path first). */
const cookie = (header: string, name: string): string => {
  for (const pair of header.split(";")) {
    const at = pair.indexOf("=")
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return ""
}

/** The value of a cookie of the request; empty where there is none. */
export const cookieOf = (ctx: KoaContext, name: string): string => {
  const header = ctx.req.headers.cookie
  return header === undefined ? "" : cookie(header, name)
}

export const accessTokenCookie = (ctx: KoaContext): string => cookieOf(ctx, accessCookie)
export const refreshTokenCookie = (ctx: KoaContext): string => cookieOf(ctx, refreshCookie)

export interface CookieSettings {
  /** Off in development and test, where there is no TLS (05-decisions, "CSRF"). */
  readonly secure: boolean
}

export const attributes = (settings: CookieSettings, path: string, sameSite: string, maxAge: number): string =>
  `; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=${sameSite}${settings.secure ? "; Secure" : ""}`

/** Sets both cookies (00-conventions, "Cookies and CSRF"); ages in seconds. */
export const setTokenCookies = (
  ctx: KoaContext,
  settings: CookieSettings,
  tokens: { readonly access: string; readonly accessAge: number; readonly refresh: string; readonly refreshAge: number }
): void => {
  ctx.append("Set-Cookie", `${accessCookie}=${tokens.access}${attributes(settings, "/", "Lax", tokens.accessAge)}`)
  ctx.append(
    "Set-Cookie",
    `${refreshCookie}=${tokens.refresh}${attributes(settings, refreshPath, "Strict", tokens.refreshAge)}`
  )
}

export const clearTokenCookies = (ctx: KoaContext, settings: CookieSettings): void =>
  setTokenCookies(ctx, settings, { access: "", accessAge: 0, refresh: "", refreshAge: 0 })
