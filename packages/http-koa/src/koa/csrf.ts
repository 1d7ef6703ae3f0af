import { deriveKey, sameText, sign } from "@veza/adapters/keys"
import { Context, Layer, type Redacted } from "effect"
import type { CsrfRule } from "../contract/rules.ts"
import type { KoaContext } from "./exchange.ts"

/** Guards cookie-authenticated changes (00-conventions, "Cookies and CSRF"). */
export class Csrf extends Context.Service<
  Csrf,
  {
    /** The token of a session: useless for any other. */
    readonly tokenOf: (sessionId: string) => string
    /** May this request go on? `sessionId` is given when the caller is signed in; `byCookie` when a cookie came along. */
    readonly allows: (ctx: KoaContext, rule: CsrfRule, byCookie: boolean, sessionId: string | undefined) => boolean
  }
>()("@veza/http-koa/Csrf") {}

/**
 * Did the request come from our own site, as far as the browser tells? Fetch metadata says so; an Origin on the allow-list
 * does too. A client that sends neither is no browser.
 */
const comesFromUs = (ctx: KoaContext, allowedOrigins: ReadonlySet<string>): boolean => {
  const site = ctx.get("sec-fetch-site")
  const origin = ctx.get("origin")
  if (site === "same-origin" || site === "same-site" || allowedOrigins.has(origin)) return true
  if (site !== "") return false
  return origin === "" || origin === `${ctx.protocol}://${ctx.host}`
}

export const csrf = (options: {
  readonly secret: Redacted.Redacted<string>
  readonly allowedOrigins: ReadonlyArray<string>
  readonly disabled: boolean
}) =>
  Layer.sync(Csrf, () => {
    const key = deriveKey(options.secret, "csrf token")
    const origins = new Set(options.allowedOrigins)
    const tokenOf = (sessionId: string) => sign(key, sessionId)
    return Csrf.of({
      tokenOf,
      allows: (ctx, rule, byCookie, sessionId) => {
        if (options.disabled || rule === "none") return true
        if (rule === "origin") return comesFromUs(ctx, origins)
        if (!byCookie) return true
        return (
          sessionId !== undefined && comesFromUs(ctx, origins) && sameText(ctx.get("x-csrf-token"), tokenOf(sessionId))
        )
      }
    })
  })
