import type { KoaContext } from "./exchange.ts"
import { isFresh } from "./reply.ts"
import { etagOf } from "./response-cache.ts"

/** Sends a text that a raw handler made, with an entity tag; 304 where the client has it already. */
export const sendText = (ctx: KoaContext, contentType: string, text: string): void => {
  const etag = etagOf(text)
  ctx.set("ETag", etag)
  if (isFresh(ctx, etag)) {
    ctx.status = 304
    return
  }
  ctx.status = 200
  ctx.type = contentType
  ctx.body = text
}
