import { Effect, Stream } from "effect"
import type { KoaContext } from "./exchange.ts"
import { setLimitHeaders } from "./headers.ts"
import { drained } from "./stream-file.ts"

/**
 * Sends text as it is made, at the pace of the reader; it begins only when there is something to send, so that what fails
 * before is answered as any failure. Later the exchange breaks off: half a text must not look like a whole one.
 */
export const streamText = <E, R>(
  ctx: KoaContext,
  contentType: string,
  content: Stream.Stream<string, E, R>,
  idle: number
): Effect.Effect<void, E, R> => {
  const { res } = ctx
  const begin = () => {
    if (res.headersSent) return
    res.statusCode = 200
    res.setHeader("Content-Type", contentType)
    setLimitHeaders(ctx)
    ctx.respond = false
    res.flushHeaders()
  }
  const send = (parts: ReadonlyArray<string>) =>
    Effect.promise(async () => {
      begin()
      if (res.destroyed) throw new Error("the reader left")
      if (!res.write(parts.join(""))) await drained(res, idle)
    })
  return Stream.runForEachArray(content, send).pipe(
    Effect.andThen(
      Effect.sync(() => {
        begin()
        res.end()
      })
    ),
    Effect.onExit((exit) =>
      Effect.sync(() => {
        if (exit._tag === "Failure" && res.headersSent) res.destroy()
      })
    )
  )
}
