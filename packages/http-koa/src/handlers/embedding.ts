import { Effect, Option } from "effect"
import type { Actor } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/tracks"
import { RequestActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { EmbeddingFormatUnknown, errorTable, NothingToEmbed } from "../contract/errors.ts"
import { embeddingOf, embeddingXml } from "../embed/oembed.ts"
import { noticeHtml, playerHtml, playerPolicy } from "../embed/player-page.ts"
import { type Places, trackAt } from "../embed/track-address.ts"
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
  ctx.set("Content-Security-Policy", playerPolicy())
  ctx.set("Referrer-Policy", "no-referrer")
}

/** The origin of the store that hands out the sound, where that is not this API: policies look at redirects too. */
const storeOf = Effect.fnUntraced(function* (actor: Actor, { id, storageBackend }: Domain.Track) {
  if (storageBackend === "local") return undefined
  const found = yield* Effect.option(Domain.deliverTrack(actor, id, undefined, "GET"))
  const delivery = Option.getOrUndefined(found)?.delivery
  return delivery?._tag === "Elsewhere" ? new URL(delivery.url).origin : undefined
}, Effect.scoped)

const show = Effect.fnUntraced(function* (ctx: KoaContext, id: Domain.TrackId) {
  const actor = yield* RequestActor
  const { track, peaks = [] } = yield* Domain.readWithPeaks(actor, id, undefined)
  ctx.set("Content-Security-Policy", playerPolicy(yield* storeOf(actor, track)))
  sendText(ctx, html, playerHtml({ track, peaks, coverUrl: coverUrl(track) }, yield* HostSettings))
})

const notice = (ctx: KoaContext, places: Places, error: Effect.Error<ReturnType<typeof show>>): void => {
  const { status, code, render } = errorTable[error._tag]
  ctx.status = status
  ctx.set(render(error).headers)
  ctx.set("Cache-Control", "no-store")
  ctx.type = html
  ctx.body = noticeHtml(status, code, places)
}

/** These routes know nobody, so a track that is not for everybody stays closed to its owner too. */
const player: Handlers["player"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  const places = yield* HostSettings
  openToFrames(ctx)
  yield* Effect.catch(show(ctx, params.id), (error) => Effect.sync(() => notice(ctx, places, error)))
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
