import { PassThrough } from "node:stream"
import { Effect, Stream } from "effect"
import { UploadInterrupted } from "@veza/domain/tracks"
import type { KoaContext } from "./exchange.ts"
import { watched } from "./upload-form.ts"

/**
 * The body of a request as it arrives; the sender is held back. It fails when the sender leaves, or sends nothing for `idle`
 * milliseconds. When the scope closes, what still comes is thrown away.
 */
export const readByteBody = Effect.fnUntraced(function* (ctx: KoaContext, idle: number) {
  const { req } = ctx
  const body = new PassThrough()
  body.on("error", () => {})
  const giveUp = () => body.destroy(new Error("the sender left or stands still"))
  const onClose = () => {
    if (!req.complete) giveUp()
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const stopWatching = watched(req, idle, giveUp)
      req.once("end", stopWatching).once("close", onClose)
      req.pipe(body)
      return stopWatching
    }),
    (stopWatching) =>
      Effect.sync(() => {
        stopWatching()
        req.off("end", stopWatching).off("close", onClose).unpipe(body)
        body.destroy()
        req.resume()
      })
  )
  return Stream.fromAsyncIterable<Uint8Array, UploadInterrupted>(body, () => new UploadInterrupted())
})
