import { createHash } from "node:crypto"
import { DateTime, Effect, Metric, Stream } from "effect"
import * as Domain from "@veza/domain/tracks"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { tusAbilities } from "../contract/tus.ts"
import { readByteBody } from "../koa/byte-body.ts"
import { Exchange, type KoaContext } from "../koa/exchange.ts"
import { fingerprintOf } from "../koa/idempotency.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { HostSettings, type Services } from "../koa/services.ts"
import {
  announcedBytes,
  bringsBytes,
  bytesIn,
  checksumIn,
  ensurePartType,
  ensureTusVersion,
  readUploadMetadata
} from "../koa/tus-headers.ts"
import { readMetadata } from "../koa/upload-form.ts"

type Handlers = HandlersOf<typeof Api, Services>["uploads"]

const steps = Metric.counter("veza_resumable_uploads_total", {
  description: "Resumable uploads by what happened to them",
  incremental: true
})
const step = (outcome: string) => Metric.update(Metric.withAttributes(steps, { outcome }), 1)
const kept = Metric.counter("veza_resumable_upload_bytes_total", {
  description: "Bytes of resumable uploads that were kept",
  incremental: true
})

const pathOf = (id: Domain.UploadId): string => `/api/v1/uploads/${id}`

const answerEmpty = (ctx: KoaContext, status: number, headers: Readonly<Record<string, string>>): void => {
  ctx.set(headers)
  // Koa takes an empty body for a 204.
  ctx.body = null
  ctx.status = status
}

const expires = (at: DateTime.Utc): Record<string, string> => ({ "Upload-Expires": DateTime.toDate(at).toUTCString() })
const trackHeader = (id: Domain.TrackId | null): Record<string, string> => (id === null ? {} : { "X-Track-Id": id })

const abilities: Handlers["abilities"] = Effect.fnUntraced(function* () {
  const { maxResumableSize } = yield* Domain.TrackSettings
  answerEmpty(yield* Exchange, 204, { ...tusAbilities, "Tus-Max-Size": String(maxResumableSize) })
})

/** Tells, in numbers and in the log, how far an upload came with a part. */
const tell = Effect.fnUntraced(function* (id: Domain.UploadId, before: number, progress: Domain.Progress) {
  yield* Metric.update(kept, progress.offset - before)
  if (progress.trackId === null) return
  yield* step("finished")
  yield* Effect.logInfo("a resumable upload became a track", {
    upload_id: id,
    track_id: progress.trackId,
    bytes: progress.offset
  })
})

const tellRefusal = (id: Domain.UploadId) => (error: { readonly _tag: string }) =>
  Effect.andThen(
    step(error._tag),
    Effect.logInfo("a part of a resumable upload was not taken", { upload_id: id, reason: error._tag })
  )

const takePart = Effect.fnUntraced(function* (ctx: KoaContext, id: Domain.UploadId, offset: number) {
  const checksum = yield* checksumIn(ctx)
  const content = yield* readByteBody(ctx, (yield* HostSettings).streamIdle)
  const hashed = ctx.state.keyed === undefined ? undefined : createHash("sha256")
  const command = {
    offset,
    checksum,
    announced: announcedBytes(ctx),
    content: hashed === undefined ? content : Stream.tap(content, (chunk) => Effect.sync(() => hashed.update(chunk)))
  }
  const progress = yield* Domain.continueUpload(yield* SignedInActor, id, command).pipe(
    Effect.tapError(tellRefusal(id))
  )
  yield* tell(id, offset, progress)
  return { ...progress, digest: hashed?.digest("hex") ?? "" }
}, Effect.scoped)

/** What makes two beginnings the same: what they say of the file, and the bytes they bring. */
const fingerprint = (ctx: KoaContext, digest: string): string =>
  fingerprintOf([ctx.get("upload-length"), ctx.get("upload-metadata"), digest])

const emptyDigest = createHash("sha256").digest("hex")

/** Reads the bytes that come with the beginning of an upload, for their fingerprint only. */
export const fingerprintOfBeginning = Effect.fnUntraced(function* () {
  const ctx = yield* Exchange
  const { maxResumableSize } = yield* Domain.TrackSettings
  const hash = createHash("sha256")
  const content = yield* readByteBody(ctx, (yield* HostSettings).streamIdle)
  let size = 0
  yield* Stream.runForEach(content, (chunk): Effect.Effect<void, Domain.FileTooLarge> => {
    size += chunk.length
    hash.update(chunk)
    return size > maxResumableSize ? Effect.fail(new Domain.FileTooLarge({ maxBytes: maxResumableSize })) : Effect.void
  })
  return fingerprint(ctx, hash.digest("hex"))
}, Effect.scoped)

const begin: Handlers["begin"] = Effect.fnUntraced(function* () {
  const ctx = yield* Exchange
  yield* ensureTusVersion(ctx)
  const length = yield* bytesIn(ctx, "Upload-Length")
  const presented = ctx.get("upload-metadata")
  const { fileName, metadata } = yield* readAbout(presented)
  const withBytes = bringsBytes(ctx)
  if (withBytes) yield* ensurePartType(ctx)
  const actor = yield* SignedInActor
  const { id, expiresAt } = yield* Domain.beginUpload(actor, { fileName, length, metadata, presented })
  yield* step("begun")
  yield* Effect.logInfo("a resumable upload began", { upload_id: id, bytes: length })
  ctx.set({ Location: pathOf(id), ...expires(expiresAt) })
  const taken = withBytes ? yield* takePart(ctx, id, 0) : { offset: 0, trackId: null, digest: emptyDigest }
  if (ctx.state.keyed !== undefined) ctx.state.keyed.fingerprint = fingerprint(ctx, taken.digest)
  ctx.set({ "Upload-Offset": String(taken.offset), ...trackHeader(taken.trackId) })
  return { id, offset: taken.offset, expires_at: expiresAt, track_id: taken.trackId }
})

/** The file's name, and what a form would say of the track, out of the metadata. */
const readAbout = Effect.fnUntraced(function* (presented: string) {
  const fields = yield* readUploadMetadata(presented)
  const fileName = fields.get("filename")?.[0] ?? ""
  if (fileName === "" || fileName.length > 255) {
    const message = fileName === "" ? "is required" : "is too long"
    return yield* new Domain.InvalidUploadForm({ faults: [{ field: "filename", message }] })
  }
  return { fileName, metadata: yield* readMetadata(fields) }
})

const offset: Handlers["offset"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  yield* ensureTusVersion(ctx)
  const found = yield* Domain.readUpload(yield* SignedInActor, params.id)
  answerEmpty(ctx, 200, {
    "Upload-Offset": String(found.offset),
    "Upload-Length": String(found.upload.length),
    "Upload-Metadata": found.upload.presented,
    ...expires(found.upload.expiresAt),
    ...trackHeader(found.upload.trackId)
  })
})

const send: Handlers["send"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  yield* ensureTusVersion(ctx)
  yield* ensurePartType(ctx)
  const progress = yield* takePart(ctx, params.id, yield* bytesIn(ctx, "Upload-Offset"))
  answerEmpty(ctx, 204, { "Upload-Offset": String(progress.offset), ...trackHeader(progress.trackId) })
})

const end: Handlers["end"] = Effect.fnUntraced(function* ({ params }) {
  const ctx = yield* Exchange
  yield* ensureTusVersion(ctx)
  yield* Domain.endUpload(yield* SignedInActor, params.id)
  yield* step("ended")
  yield* Effect.logInfo("a resumable upload was ended by its sender", { upload_id: params.id })
  answerEmpty(ctx, 204, {})
})

export const uploads: Handlers = { abilities, begin, offset, send, end }
