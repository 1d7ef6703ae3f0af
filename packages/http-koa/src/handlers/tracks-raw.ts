import { Effect, Metric } from "effect"
import * as Domain from "@veza/domain/tracks"
import { RequestActor, SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { streamFile } from "../koa/stream-file.ts"
import { readUploadForm } from "../koa/upload-form.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import { trackView } from "./track-view.ts"

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

const takeForm = Effect.fnUntraced(function* () {
  const ctx = yield* Exchange
  const { maxTrackSize } = yield* Domain.TrackSettings
  if (Number(ctx.get("content-length")) > maxTrackSize + formOverhead) {
    return yield* new Domain.FileTooLarge({ maxBytes: maxTrackSize })
  }
  return yield* Domain.uploadTrack(yield* SignedInActor, yield* readUploadForm(ctx, (yield* HostSettings).streamIdle))
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

export const download: Handlers["stream"] = Effect.fnUntraced(function* ({ params, query }) {
  const ctx = yield* Exchange
  const { track, file } = yield* Domain.openTrack(yield* RequestActor, params.id, query.share).pipe(
    Effect.tapError((error) => (error._tag === "TrackFileMissing" ? reportMissing(error) : Effect.void))
  )
  if (!track.isPublic) ctx.set("Cache-Control", "private, max-age=604800")
  const representation = {
    file,
    contentType: Domain.audioFormats[track.format].contentType,
    etag: `"${track.contentHash}"`
  }
  yield* streamFile(ctx, representation, (yield* HostSettings).streamIdle)
}, Effect.scoped)
