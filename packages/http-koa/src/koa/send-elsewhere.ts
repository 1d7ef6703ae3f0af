import type { KoaContext } from "./exchange.ts"
import { setLimitHeaders } from "./headers.ts"

/**
 * Sends the client to a link that works for a while and for whoever has it: nobody may keep this answer (RFC 9110
 * §15.4.3, RFC 9111 §5.2.2.5).
 */
export const sendElsewhere = (ctx: KoaContext, url: string): void => {
  const { res } = ctx
  ctx.respond = false
  res.statusCode = 302
  // What is said of the file, the link makes the store say.
  res.removeHeader("Content-Disposition")
  res.setHeader("Location", url)
  res.setHeader("Cache-Control", "private, no-store")
  res.setHeader("Referrer-Policy", "no-referrer")
  res.setHeader("Content-Length", "0")
  setLimitHeaders(ctx)
  res.end()
}
