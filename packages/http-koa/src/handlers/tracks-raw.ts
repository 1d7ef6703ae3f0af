import { Context, Effect, Metric, Stream } from "effect"
import type { Actor, StoredFile } from "@veza/domain/kernel"
import * as Domain from "@veza/domain/tracks"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import type { Rules } from "../contract/rules.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { type Representation, streamAtHand, streamFile } from "../koa/stream-file.ts"
import { sendElsewhere } from "../koa/send-elsewhere.ts"
import { readUploadForm } from "../koa/upload-form.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { trackView } from "./track-view.ts"
import { fingerprinted } from "./upload-fingerprint.ts"

type Handlers = HandlersOf<typeof Api, Services>["tracks"]

const accepted = Metric.counter("veza_tracks_uploaded_total", { description: "Accepted uploads", incremental: true })
const attempted = Metric.counter("veza_file_uploads_total", { description: "Uploads begun", incremental: true })
const refused = Metric.counter("veza_uploads_failed_total", {
  description: "Uploads refused or broken off, by reason",
  incremental: true
})
const missing = Metric.counter("veza_track_files_missing_total", {
  description: "Ready tracks whose file was not there when asked for",
  incremental: true
})

/** Room for the fields and boundaries of the form beside the file. */
const formOverhead = 512 * 1024

const openForm = Effect.fnUntraced(function* () {
  const ctx = yield* Exchange
  const { maxTrackSize } = yield* Domain.TrackSettings
  if (Number(ctx.get("content-length")) > maxTrackSize + formOverhead) {
    return yield* new Domain.FileTooLarge({ maxBytes: maxTrackSize })
  }
  return yield* readUploadForm(ctx, (yield* HostSettings).streamIdle)
})

const takeForm = Effect.fnUntraced(function* () {
  const { keyed } = (yield* Exchange).state
  const form = yield* openForm()
  const told = (fingerprint: string) => {
    if (keyed !== undefined) keyed.fingerprint = fingerprint
  }
  return yield* Domain.uploadTrack(yield* SignedInActor, keyed === undefined ? form : yield* fingerprinted(form, told))
}, Effect.scoped)

/** Reads an upload to its end for its fingerprint only: nothing is kept, nothing is done. */
export const fingerprintOfUpload = Effect.fnUntraced(function* () {
  const { maxTrackSize } = yield* Domain.TrackSettings
  let fingerprint = ""
  const form = yield* fingerprinted(yield* openForm(), (told) => {
    fingerprint = told
  })
  let size = 0
  yield* Stream.runForEach(form.content, (chunk): Effect.Effect<void, Domain.FileTooLarge> => {
    size += chunk.length
    return size > maxTrackSize ? Effect.fail(new Domain.FileTooLarge({ maxBytes: maxTrackSize })) : Effect.void
  })
  yield* form.metadata
  return fingerprint
}, Effect.scoped)

export const upload: Handlers["upload"] = Effect.fnUntraced(function* () {
  yield* Metric.update(attempted, 1)
  const track = yield* Effect.tapError(takeForm(), (error) =>
    Metric.update(Metric.withAttributes(refused, { reason: error._tag }), 1)
  )
  yield* Metric.update(accepted, 1)
  return trackView(track, yield* SignedInActor)
})

const reportMissing = (error: Domain.TrackFileMissing) =>
  Effect.andThen(
    Effect.logError("a ready track's file is missing", { track_id: error.trackId }),
    Metric.update(missing, 1)
  )

const methodOf = (ctx: KoaContext): Domain.LinkTerms["method"] => (ctx.method === "HEAD" ? "HEAD" : "GET")

export const stream: Handlers["stream"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  const { track, delivery } = yield* Domain.deliverTrack(
    yield* RequestActor,
    params.id,
    query.share,
    methodOf(ctx)
  ).pipe(Effect.tapError((error) => (error._tag === "TrackFileMissing" ? reportMissing(error) : Effect.void)))
  if (delivery._tag === "Elsewhere") return sendElsewhere(ctx, delivery.url)
  yield* streamFile(ctx, representationOf(ctx, track, delivery.file), (yield* HostSettings).streamIdle)
}, Effect.scoped)

/** For readers that do not know `filename*` (RFC 6266 §4.3, appendix D). */
const inAscii = (name: string): string =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^ -~]/gu, "_")

export const download: Handlers["download"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  const dispositionOf = (track: Domain.Track): string => {
    const name = Domain.fileNameOf(track)
    ctx.attachment(name, { fallback: inAscii(name) })
    return ctx.response.get("Content-Disposition")
  }
  const terms = { method: methodOf(ctx), dispositionOf }
  const { track, delivery } = yield* Domain.openForDownload(yield* RequestActor, params.id, query.share, terms).pipe(
    Effect.tapError((error) => (error._tag === "TrackFileMissing" ? reportMissing(error) : Effect.void))
  )
  if (delivery._tag === "Elsewhere") return sendElsewhere(ctx, delivery.url)
  const representation = { file: delivery.file, contentType: track.contentType, etag: `"${track.contentHash}"` }
  yield* streamFile(ctx, representation, (yield* HostSettings).streamIdle)
}, Effect.scoped)

const representationOf = (ctx: KoaContext, track: Domain.TrackSound, file: StoredFile): Representation => {
  if (!track.isPublic) ctx.res.setHeader("Cache-Control", "private, max-age=604800")
  return { file, contentType: Domain.audioFormats[track.format].contentType, etag: `"${track.contentHash}"` }
}

/** Streams at the call what somebody listens on to: the next range of a track that is known, open and in memory. */
export const streamAtOnce = (services: Context.Context<Domain.Tracks | Domain.TrackFiles | HostSettings>) => {
  const tracks = Context.get(services, Domain.Tracks)
  const files = Context.get(services, Domain.TrackFiles)
  const { streamIdle } = Context.get(services, HostSettings)
  return (
    ctx: KoaContext,
    actor: Actor,
    { params, query }: Parameters<Handlers["stream"]>[0],
    rules: Rules
  ): boolean => {
    const found = query.share === undefined ? Domain.trackAtHand(tracks, files, actor, params.id) : undefined
    return found !== undefined && streamAtHand(ctx, rules, representationOf(ctx, found.track, found.file), streamIdle)
  }
}
