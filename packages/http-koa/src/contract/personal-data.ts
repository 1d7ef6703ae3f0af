import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { ExportId, ExportStatus } from "@veza/domain/accounts"
import { textUpTo } from "@veza/domain/kernel"
import { RequiresSession } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf } from "./lists.ts"
import { privateRead, privateWrite, RouteRules } from "./rules.ts"

export const ExportView = Schema.Struct({
  id: ExportId,
  status: ExportStatus,
  size_bytes: Schema.NullOr(Schema.Int),
  requested_at: Schema.DateTimeUtcFromString,
  ready_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  /** Until when it may be downloaded. */
  expires_at: Schema.NullOr(Schema.DateTimeUtcFromString)
}).annotate({ identifier: "Export" })

const archive = {
  "200": {
    description: "The archive: JSON and CSV of everything Veza holds about you",
    content: { "application/zip": { schema: { type: "string", format: "binary" } } }
  }
}

/** What people may do with everything that is held about them: take it along, and have it go. */
export const OwnData = HttpApiGroup.make("ownData")
  .add(
    HttpApiEndpoint.post("requestExport", "/me/export", {
      success: ok(Schema.Struct({ id: ExportId, status: ExportStatus }), 202),
      error: failures("TooManyExports", "UserNotFound")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Ask for an export of your data, three times a day; a mail tells when it is ready"),
    HttpApiEndpoint.get("listExports", "/me/exports", {
      success: ok(listOf(ExportView))
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Your latest exports, newest first"),
    HttpApiEndpoint.get("downloadExport", "/me/exports/:id/download", {
      params: { id: ExportId },
      error: failures("ExportNotFound", "ExportNotReady", "ExportExpired")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead({ raw: { totalCap: "2 hours" }, responses: archive }))
      .annotate(OpenApi.Summary, "Download a finished export, for seven days; HEAD answers alike"),
    HttpApiEndpoint.make("DELETE")("deleteAccount", "/users/me", {
      payload: Schema.Struct({ password: textUpTo(1024), keep_public_tracks: Schema.optionalKey(Schema.Boolean) }),
      success: ok(Message),
      error: failures(
        "WrongPassword",
        "PasswordNotSet",
        "DeletionBlocked",
        "SessionExpired",
        "UserNotFound",
        "TooManyAttempts",
        "HashingBusy"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Delete your account; your public tracks stay if you say so")
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Title, "Accounts: your data")
