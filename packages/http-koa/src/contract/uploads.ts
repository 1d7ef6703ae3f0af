import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { TrackId, UploadId } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"
import { partType, tusHeaders } from "./tus.ts"

const byId = { id: UploadId }

const UploadView = Schema.Struct({
  id: UploadId,
  /** Bytes that are kept. */
  offset: Schema.Int,
  expires_at: Schema.DateTimeUtcFromString,
  /** Set when the upload came in full with this request and became a track. */
  track_id: Schema.NullOr(TrackId)
}).annotate({ identifier: "Upload" })

const bytes = { content: { [partType]: { schema: { type: "string", format: "binary" } } } }
const totalCap = "30 minutes"

const ofEveryOne = ["UnsupportedTusVersion", "Forbidden"] as const
const ofOne = [...ofEveryOne, "UploadNotFound", "UploadGone"] as const
const ofParts = [
  "InvalidRequest",
  "UnsupportedMediaType",
  "UploadInterrupted",
  "UploadLocked",
  "UploadTooLong",
  "UploadOffsetConflict",
  "ChecksumMismatch",
  "UnsupportedAudio",
  "InfectedFile",
  "DuplicateUpload",
  "TooManyUploads",
  "ScannerUnavailable",
  "StorageUnavailable"
] as const

/** Uploads that arrive in parts: the tus protocol, version 1.0. */
export const Uploads = HttpApiGroup.make("uploads")
  .add(
    HttpApiEndpoint.options("abilities", "/")
      .annotate(
        RouteRules,
        publicRead({
          raw: { totalCap },
          headers: tusHeaders,
          responses: { "204": { description: "Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm" } }
        })
      )
      .annotate(OpenApi.Summary, "What the server knows of the tus protocol"),
    HttpApiEndpoint.post("begin", "/", {
      success: ok(UploadView, 201),
      error: failures(...ofOne, ...ofParts, "InvalidUploadForm", "FileTooLarge", "TooManyOpenUploads")
    })
      .middleware(RequiresSignIn)
      .annotate(
        RouteRules,
        privateWrite({
          auth: "C",
          idempotent: true,
          raw: { totalCap },
          headers: tusHeaders,
          requestBody: { required: false, ...bytes }
        })
      )
      .annotate(
        OpenApi.Summary,
        "Begin a resumable upload (tus): Upload-Length, Upload-Metadata with filename, title and what else you know"
      ),
    HttpApiEndpoint.head("offset", "/:id", { params: byId, error: failures(...ofOne) })
      .middleware(RequiresSignIn)
      .annotate(
        RouteRules,
        privateRead({
          auth: "C",
          limit: "transfer",
          raw: { totalCap },
          headers: tusHeaders,
          responses: {
            "200": { description: "Upload-Offset, Upload-Length, Upload-Expires; X-Track-Id once it is a track" }
          }
        })
      )
      .annotate(OpenApi.Summary, "How much of an upload is kept"),
    HttpApiEndpoint.patch("send", "/:id", { params: byId, error: failures(...ofOne, ...ofParts) })
      .middleware(RequiresSignIn)
      .annotate(
        RouteRules,
        privateWrite({
          auth: "C",
          limit: "transfer",
          raw: { totalCap },
          headers: tusHeaders,
          requestBody: { required: true, ...bytes },
          responses: { "204": { description: "Upload-Offset; X-Track-Id when this was the last part" } }
        })
      )
      .annotate(OpenApi.Summary, "Send the next part of an upload"),
    HttpApiEndpoint.make("DELETE")("end", "/:id", { params: byId, error: failures(...ofOne) })
      .middleware(RequiresSignIn)
      .annotate(
        RouteRules,
        privateWrite({
          auth: "C",
          raw: { totalCap },
          headers: tusHeaders,
          responses: { "204": { description: "Nothing of it is kept" } }
        })
      )
      .annotate(OpenApi.Summary, "End an upload and remove what it sent")
  )
  .prefix("/api/v1/uploads")
  .annotate(OpenApi.Title, "Resumable uploads")
