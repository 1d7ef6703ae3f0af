import { createHash } from "node:crypto"
import { Effect } from "effect"
import { fileOfBytes } from "@veza/domain/kernel"
import { type HlsFile, openMaster, openRendition, playlistBytes } from "@veza/domain/tracks"
import { RequestActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { type Representation, streamFile } from "../koa/stream-file.ts"

type Handlers = HandlersOf<typeof Api, Services>["hls"]

/** A sound never changes under its build and name; what playlists say may change with our code, so they are hashed. */
const representationOf = (opened: HlsFile, name: string): Representation => {
  if (opened._tag === "Sound") {
    return { file: opened.file, contentType: "audio/mp4", etag: `"${opened.build}/${name}"` }
  }
  const hash = createHash("sha256").update(opened.text).digest("base64url")
  return {
    file: fileOfBytes(playlistBytes(opened.text), opened.modifiedAt),
    contentType: "application/vnd.apple.mpegurl",
    etag: `"${hash}"`
  }
}

const send = Effect.fnUntraced(function* (opened: HlsFile, name: string) {
  const ctx = yield* Exchange
  const isShared = opened._tag === "Playlist" && opened.carriesShare
  if (!opened.track.isPublic || isShared) ctx.res.setHeader("Cache-Control", "private, max-age=60")
  yield* streamFile(ctx, representationOf(opened, name), (yield* HostSettings).streamIdle)
})

const master: Handlers["master"] = Effect.fnUntraced(function* ({ params, query }) {
  yield* send(yield* openMaster(yield* RequestActor, params.id, query.share), "master.m3u8")
})

const file: Handlers["file"] = Effect.fnUntraced(function* ({ params, query }) {
  const { id, rendition, file: name } = params
  yield* send(
    yield* openRendition(yield* RequestActor, id, query.share, { rendition, file: name }),
    `${rendition}/${name}`
  )
}, Effect.scoped)

export const hls: Handlers = { master, file }
