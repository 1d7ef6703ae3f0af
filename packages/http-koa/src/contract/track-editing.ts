import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { maxBatch, TrackChange, TrackId } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { Message, ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { privateWrite, RouteRules } from "./rules.ts"
import { TrackView } from "./tracks.ts"

const byId = { id: TrackId }

/** What became of one of many tracks; `error` says why it is still there. */
const Outcome = Schema.Struct({
  track_id: TrackId,
  deleted: Schema.Boolean,
  error: Schema.NullOr(Schema.Struct({ code: Schema.String, message: Schema.String }))
})

export const TrackEditing = HttpApiGroup.make("trackEditing")
  .add(
    HttpApiEndpoint.post("deleteMany", "/batch-delete", {
      payload: Schema.Struct({
        track_ids: Schema.Array(TrackId).check(Schema.isMinLength(1), Schema.isMaxLength(maxBatch))
      }),
      success: ok(Schema.Struct({ results: Schema.Array(Outcome) }))
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, `Delete up to ${maxBatch} tracks at once; the answer says what became of each`),
    HttpApiEndpoint.put("change", "/:id", {
      params: byId,
      payload: TrackChange,
      success: ok(TrackView),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(
        OpenApi.Summary,
        "Change what is said about a track: an absent key leaves what is there, null clears it"
      ),
    HttpApiEndpoint.make("DELETE")("remove", "/:id", {
      params: byId,
      success: ok(Message),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(OpenApi.Summary, "Delete a track with its likes, its share links and its file")
  )
  .prefix("/api/v1/tracks")
  .annotate(OpenApi.Title, "Changing tracks")
