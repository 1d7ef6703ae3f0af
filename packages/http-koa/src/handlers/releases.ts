import { DateTime, Effect } from "effect"
import { cursorAfter, fileOfBytes } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/distribution"
import type { TrackId } from "@veza/domain/tracks"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import { readImageBody } from "../koa/image-body.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { streamFile } from "../koa/stream-file.ts"
import { pagination } from "./pagination.ts"

type Handlers = HandlersOf<typeof Api, Services>["releases"]

const common = ({ id, cover, revision, firstSubmittedAt, createdAt, updatedAt }: Omit<Domain.Release, "draft">) => ({
  id,
  cover: cover && {
    url: `/api/v1/distribution/releases/${id}/cover`,
    format: cover.format,
    width: cover.width,
    height: cover.height,
    size_bytes: cover.sizeBytes,
    sha256: cover.contentHash
  },
  revision,
  first_submitted_at: firstSubmittedAt,
  created_at: createdAt,
  updated_at: updatedAt
})

interface Judged {
  readonly release: Domain.Release
  readonly faults: ReadonlyArray<Domain.ReleaseFault>
  readonly isrcs: ReadonlyMap<TrackId, string>
}
const view = ({ release, faults, isrcs }: Judged) => ({
  ...release.draft,
  ...common(release),
  recordings: release.draft.tracks.flatMap(({ track_id }) => {
    const isrc = isrcs.get(track_id)
    return isrc === undefined ? [] : [{ track_id, isrc }]
  }),
  faults
})
const summary = (release: Domain.ReleaseListing) => ({
  ...release.outline,
  ...common(release),
  track_count: release.trackCount
})

const list: Handlers["list"] = Effect.fnUntraced(function* ({ query }) {
  const actor = yield* SignedInActor
  const { plan, page } = yield* Domain.listReleases(actor, query)
  const next = page.next === undefined ? undefined : cursorAfter(Domain.releaseList, plan, actor.userId, page.next)
  return { list: page.items.map(summary), pagination: pagination(page, plan, next) }
})

const create: Handlers["create"] = Effect.fnUntraced(function* ({ payload }) {
  return view(yield* Domain.createRelease(yield* SignedInActor, payload))
})

const read: Handlers["read"] = Effect.fnUntraced(function* ({ params }) {
  return view(yield* Domain.readRelease(yield* SignedInActor, params.id))
})

const change: Handlers["change"] = Effect.fnUntraced(function* ({ params, payload: { revision, ...draft } }) {
  return view(yield* Domain.changeRelease(yield* SignedInActor, params.id, draft, revision))
})

const cover: Handlers["cover"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  const { cover: found, bytes } = yield* Domain.readReleaseCover(yield* SignedInActor, params.id)
  const file = fileOfBytes(bytes, DateTime.toDateUtc(found.changedAt))
  const representation = { file, contentType: `image/${found.format}`, etag: `"${found.contentHash}"` }
  yield* streamFile(ctx, representation, (yield* HostSettings).streamIdle)
})

const setCover: Handlers["setCover"] = Effect.fnUntraced(function* ({ params }) {
  const actor = yield* SignedInActor
  const sent = readImageBody(yield* Exchange, (yield* HostSettings).streamIdle, Domain.maxCoverBytes)
  return view(yield* Domain.setReleaseCover(actor, params.id, sent))
})

export const releases: Handlers = { list, create, read, change, cover, setCover }
