import { Effect, Redacted } from "effect"
import { cursorAfter } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/tracks"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { pagination, wholeList } from "./pagination.ts"
import { trackView } from "./track-view.ts"
import { download, stream, upload } from "./tracks-raw.ts"
import type { Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>["tracks"]

type ListQuery = Parameters<Handlers["list"]>[0]["query"]

const range = (from: number | undefined, to: number | undefined) =>
  from === undefined && to === undefined ? undefined : { from, to }

/** Tags asked for beyond this many are not looked at. */
const maxTags = 20
const tagsOf = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "")
    .slice(0, maxTags)

const filterOf = (query: ListQuery): Domain.TrackFilter => ({
  userId: query.user_id,
  genre: query.genre,
  artist: query.artist,
  musicalKey: query.key,
  bpm: range(query.bpm_min, query.bpm_max),
  year: range(query.year_min, query.year_max),
  tags: query.tags === undefined ? undefined : tagsOf(query.tags),
  words: query.q === undefined ? undefined : Domain.wordsSought(query.q)
})

const list: Handlers["list"] = Effect.fnUntraced(function* ({ query }) {
  const actor = yield* RequestActor
  const filter = filterOf(query)
  const { plan, page } = yield* Domain.listTracks(filter, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.trackList, plan, filter, page.next)
  return { list: page.items.map((track) => trackView(track, actor)), pagination: pagination(page, plan, next) }
})

const byId: Handlers["byId"] = Effect.fnUntraced(function* ({ params, query }) {
  const actor = yield* RequestActor
  return trackView(yield* Domain.readTrack(actor, params.id, query.share), actor)
})

const recommendations: Handlers["recommendations"] = Effect.fnUntraced(function* ({ query }) {
  const actor = yield* SignedInActor
  const tracks = yield* Domain.recommendTracks(actor, query.limit ?? 20)
  return wholeList(tracks.map((track) => trackView(track, actor)))
})

const waveform: Handlers["waveform"] = Effect.fnUntraced(function* ({ params, query }) {
  const { peaks } = yield* Domain.readWaveform(yield* RequestActor, params.id, query.share)
  return { peaks, max: 255 as const }
})

const like: Handlers["like"] = Effect.fnUntraced(function* ({ params }) {
  return { liked: true, like_count: yield* Domain.likeTrack(yield* SignedInActor, params.id) }
})

const unlike: Handlers["unlike"] = Effect.fnUntraced(function* ({ params }) {
  return { liked: false, like_count: yield* Domain.unlikeTrack(yield* SignedInActor, params.id) }
})

const likes: Handlers["likes"] = Effect.fnUntraced(function* ({ params }) {
  const { count, liked } = yield* Domain.likesOfTrack(yield* SignedInActor, params.id)
  return { liked, like_count: count }
})

const share: Handlers["share"] = Effect.fnUntraced(function* ({ params, payload }) {
  const made = yield* Domain.shareTrack(yield* SignedInActor, params.id, {
    permission: payload.permission ?? "stream",
    expiresIn: payload.expires_in
  })
  return {
    id: made.share.id,
    token: Redacted.value(made.secret),
    permission: made.share.permission,
    expires_at: made.share.expiresAt ?? null
  }
})

const shared: Handlers["shared"] = Effect.fnUntraced(function* ({ params }) {
  const actor = yield* RequestActor
  const { track, permission } = yield* Domain.readShared(params.token)
  return { track: trackView(track, actor), permission }
})

const revokeShare: Handlers["revokeShare"] = Effect.fnUntraced(function* ({ params }) {
  yield* Domain.revokeShare(yield* SignedInActor, params.id)
  return { message: "The share link has ended" }
})

export const tracks: Handlers = {
  list,
  recommendations,
  upload,
  shared,
  revokeShare,
  byId,
  stream,
  download,
  waveform,
  like,
  unlike,
  likes,
  share
}
