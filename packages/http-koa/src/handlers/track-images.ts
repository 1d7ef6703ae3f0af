import { DateTime, Effect } from "effect"
import { imageContentType } from "@veza/domain/accounts"
import { fileOfBytes } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/tracks"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import { readImageBody } from "../koa/image-body.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { sendText } from "../koa/send-text.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { streamFile } from "../koa/stream-file.ts"
import { trackView } from "./track-view.ts"

type Handlers = HandlersOf<typeof Api, Services>["trackImages"]

/** Pictures of private tracks are kept by no shared cache. */
const cacheAs = (ctx: KoaContext, isPublic: boolean): void => {
  if (!isPublic) ctx.set("Cache-Control", "private, max-age=2592000")
}

const cover: Handlers["cover"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  const found = yield* Domain.readCover(yield* RequestActor, params.id, query.share)
  cacheAs(ctx, found.isPublic)
  const file = fileOfBytes(found.bytes, DateTime.toDateUtc(found.cover.changedAt))
  const representation = { file, contentType: imageContentType, etag: `"${found.cover.contentHash}"` }
  yield* streamFile(ctx, representation, (yield* HostSettings).streamIdle)
})

const setCover: Handlers["setCover"] = Effect.fnUntraced(function* ({ params }) {
  const actor = yield* SignedInActor
  const sent = readImageBody(yield* Exchange, (yield* HostSettings).streamIdle)
  return trackView(yield* Domain.setCover(actor, params.id, sent), actor)
})

const clearCover: Handlers["clearCover"] = Effect.fnUntraced(function* ({ params }) {
  const actor = yield* SignedInActor
  return trackView(yield* Domain.clearCover(actor, params.id), actor)
})

const usualWidth = 800
const usualHeight = 120

const waveformSvg: Handlers["waveformSvg"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  const { track, peaks } = yield* Domain.readWaveform(yield* RequestActor, params.id, query.share)
  const shape = { width: query.width ?? usualWidth, height: query.height ?? usualHeight }
  cacheAs(ctx, track.isPublic)
  sendText(ctx, "image/svg+xml", Domain.waveformSvg(peaks, shape, query.color))
})

export const trackImages: Handlers = { cover, setCover, clearCover, waveformSvg }
