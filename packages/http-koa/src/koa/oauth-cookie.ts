import { attributes, cookieOf, type CookieSettings } from "./cookies.ts"
import type { KoaContext } from "./exchange.ts"

const name = "oauth_state"
const path = "/api/v1/auth/oauth"

/** What binds a log-in at a provider to the browser that began it; the empty string where there is none. */
export const oauthCookie = (ctx: KoaContext): string => cookieOf(ctx, name)

/** Lax: the provider's redirect is a navigation from another site. `maxAge` in seconds. */
export const setOAuthCookie = (ctx: KoaContext, settings: CookieSettings, value: string, maxAge: number): void => {
  ctx.append("Set-Cookie", `${name}=${value}${attributes(settings, path, "Lax", maxAge)}`)
}

export const clearOAuthCookie = (ctx: KoaContext, settings: CookieSettings): void =>
  setOAuthCookie(ctx, settings, "", 0)
