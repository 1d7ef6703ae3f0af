import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { StreamReport, TrackId } from "@veza/domain/tracks"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { publicRead, RouteRules } from "./rules.ts"

/** Routes for the stream server, which shows its key; no limit by address counts it. */
export const StreamServer = HttpApiGroup.make("streamServer")
  .add(
    HttpApiEndpoint.post("report", "/tracks/:id/stream-ready", {
      params: { id: TrackId },
      headers: { "x-internal-api-key": Schema.optionalKey(textUpTo(256)) },
      payload: StreamReport,
      success: ok(Message),
      error: failures("InternalRoutesClosed", "InvalidInternalKey", "TrackNotFound")
    })
      .annotate(RouteRules, publicRead({ cache: "no-store", limit: "none", duringMaintenance: true }))
      .annotate(OpenApi.Summary, "The stream server says that a track can be streamed from there, or why not")
  )
  .prefix("/api/v1/internal")
  .annotate(OpenApi.Title, "Stream server")
