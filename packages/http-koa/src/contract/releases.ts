import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import {
  maxCoverBytes,
  minCoverSide,
  ReleaseDraft,
  ReleaseFault,
  ReleaseId,
  ReleaseOutline
} from "@veza/domain/distribution"
import { TrackId } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { imageRead, imageWrite } from "./images.ts"
import { listOf, listQuery } from "./lists.ts"
import { privateRead, privateWrite, RouteRules } from "./rules.ts"

const time = Schema.DateTimeUtcFromString

const common = {
  id: ReleaseId,
  cover: Schema.NullOr(
    Schema.Struct({
      url: Schema.String,
      format: Schema.Literals(["jpeg", "png"]),
      width: Schema.Int,
      height: Schema.Int,
      size_bytes: Schema.Int,
      sha256: Schema.String
    })
  ),
  /** Every change makes a new one. */
  revision: Schema.Int,
  first_submitted_at: Schema.NullOr(time),
  created_at: time,
  updated_at: time
}

/** A release in a list. */
const ReleaseSummary = Schema.Struct({
  ...ReleaseOutline.fields,
  ...common,
  /** What they are is told by the release itself. */
  track_count: Schema.Int
}).annotate({ identifier: "ReleaseSummary" })

/** A release with everything that keeps it from the stores. */
export const ReleaseView = Schema.Struct({
  ...ReleaseDraft.fields,
  ...common,
  /** The ISRCs under which its tracks go to stores, whether given or made here. */
  recordings: Schema.Array(Schema.Struct({ track_id: TrackId, isrc: Schema.String })),
  faults: Schema.Array(ReleaseFault)
}).annotate({
  identifier: "Release"
})
export type ReleaseView = typeof ReleaseView.Type

const byId = { id: ReleaseId }

export const Releases = HttpApiGroup.make("releases")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: listQuery,
      success: ok(listOf(ReleaseSummary)),
      error: failures("InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Your releases, the latest first"),
    HttpApiEndpoint.post("create", "/", { payload: ReleaseDraft, success: ok(ReleaseView, 201) })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Make a release; whatever it lacks is told in its faults, and can be added later"),
    HttpApiEndpoint.get("read", "/:id", {
      params: byId,
      success: ok(ReleaseView),
      error: failures("ReleaseNotFound")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "A release of yours"),
    HttpApiEndpoint.put("change", "/:id", {
      params: byId,
      payload: Schema.Struct({
        ...ReleaseDraft.fields,
        revision: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 - 1 })))
      }),
      success: ok(ReleaseView),
      error: failures("ReleaseNotFound", "ReleaseChanged")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(
        OpenApi.Summary,
        "Replace all that is said of a release; with `revision`, only if nobody changed it since. Stores hear of it by PUT /distribution/submissions/{id}"
      ),
    HttpApiEndpoint.get("cover", "/:id/cover", {
      params: byId,
      error: failures("ReleaseNotFound", "CoverMissing")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ ...imageRead("image/*"), auth: "U", cache: "no-store" }))
      .annotate(OpenApi.Summary, "The cover of a release as it was sent"),
    HttpApiEndpoint.put("setCover", "/:id/cover", {
      params: byId,
      success: ok(ReleaseView),
      error: failures(
        "ReleaseNotFound",
        "CoverNotAccepted",
        "ImageFileTooLarge",
        "UnsupportedImage",
        "ImageTooLarge",
        "UnsupportedMediaType",
        "InvalidRequest",
        "TemporarilyUnavailable"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, imageWrite)
      .annotate(
        OpenApi.Summary,
        `Send the cover: JPEG or PNG, square, at least ${minCoverSide} × ${minCoverSide} pixels, at most ${maxCoverBytes / 1024 / 1024} MB`
      )
  )
  .prefix("/api/v1/distribution/releases")
  .annotate(OpenApi.Title, "Distribution: releases")
