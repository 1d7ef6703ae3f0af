import { Effect } from "effect"
import * as Domain from "@veza/domain/tracks"
import { RequestActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { EmbeddingFormatUnknown, errorTable, NothingToEmbed } from "../contract/errors.ts"
import { embeddingOf, embeddingXml } from "../embed/oembed.ts"
import { noticeHtml, playerHtml, playerPolicy } from "../embed/player-page.ts"
import { trackAt } from "../embed/track-address.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { sendText } from "../koa/send-text.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { coverUrl } from "./track-view.ts"

type Handlers = HandlersOf<typeof Api, Services>["embedding"]

const html = "text/html; charset=utf-8"

/** Pages for frames of other sites: the one place where being framed is the purpose. */
const openToFrames = (ctx: KoaContext): void => {
  ctx.res.removeHeader("X-Frame-Options")
  ctx.set("Content-Security-Policy", playerPolicy)
  ctx.set("Referrer-Policy", "no-referrer")
}

/** These routes know nobody, so a track that is not for everybody stays closed to its owner too. */
const player: Handlers["player"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  const places = yield* HostSettings
  openToFrames(ctx)
  yield* Domain.readWithPeaks(yield* RequestActor, params.id, undefined).pipe(
    Effect.match({
      onSuccess: ({ track, peaks = [] }) =>
        sendText(ctx, html, playerHtml({ track, peaks, coverUrl: coverUrl(track) }, places)),
      onFailure: (error) => {
        const { status, code, render } = errorTable[error._tag]
        ctx.status = status
        ctx.set(render(error).headers)
        ctx.set("Cache-Control", "no-store")
        ctx.type = html
        ctx.body = noticeHtml(status, code, places)
      }
    })
  )
})

const oembed: Handlers["oembed"] = Effect.fnUntraced(function* ({ query }) {
  const { format = "json" } = query
  if (format !== "json" && format !== "xml") return yield* new EmbeddingFormatUnknown()
  const ctx = yield* Exchange
  const places = yield* HostSettings
  const id = trackAt(query.url, places)
  if (id === undefined) return yield* new NothingToEmbed()
  const track = yield* Domain.readTrack(yield* RequestActor, id, undefined)
  const embedding = embeddingOf(track, places, coverUrl(track), query)
  if (format === "json") sendText(ctx, "application/json; charset=utf-8", JSON.stringify(embedding))
  else sendText(ctx, "text/xml; charset=utf-8", embeddingXml(embedding))
})

export const embedding: Handlers = { player, oembed }
