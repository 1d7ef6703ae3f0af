import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Day, textUpTo } from "@veza/domain/kernel"
import { ChangedBy, OverallStatus, Platform, PlatformStatus, ReleaseId, SubmissionId } from "@veza/domain/distribution"
import { TrackId } from "@veza/domain/tracks"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

const time = Schema.DateTimeUtcFromString
const text = Schema.NullOr(Schema.String)
const platforms = Schema.Array(Platform).check(Schema.isMinLength(1), Schema.isMaxLength(Platform.literals.length))

export const PlatformView = Schema.Struct({
  id: Platform,
  name: Schema.String,
  /** Something can be submitted there now. */
  available: Schema.Boolean
}).annotate({ identifier: "DistributionPlatform" })

export const SubmissionView = Schema.Struct({
  id: SubmissionId,
  release_id: ReleaseId,
  title: Schema.String,
  upc: Schema.String,
  release_date: Day,
  /** Of all stores together. */
  status: OverallStatus,
  platforms: Schema.Array(
    Schema.Struct({
      platform: Platform,
      status: PlatformStatus,
      reason: text,
      /** What the store calls it. */
      reference: text,
      live_at: Schema.NullOr(time),
      updated_at: time
    })
  ),
  created_at: time,
  updated_at: time
}).annotate({ identifier: "Submission" })
export type SubmissionView = typeof SubmissionView.Type

export const HistoryView = Schema.Struct({
  platform: Platform,
  /** Null: it began. */
  from: Schema.NullOr(PlatformStatus),
  to: PlatformStatus,
  by: ChangedBy,
  reason: text,
  at: time
}).annotate({ identifier: "SubmissionChange" })

/** Of a release or a track exactly one is named; the use-case is told which. */
const SubmissionRequest = Schema.Struct({
  release_id: Schema.optionalKey(ReleaseId),
  /** The single that this track is alone on. */
  track_id: Schema.optionalKey(TrackId),
  platforms,
  release_date: Day
})

const EndRequest = Schema.Struct({
  /** All of them where none is named. */
  platforms: Schema.optionalKey(platforms),
  reason: Schema.optionalKey(textUpTo(1000))
})

const byId = { id: SubmissionId }
const list = { query: listQuery }

export const Submissions = HttpApiGroup.make("submissions")
  .add(
    HttpApiEndpoint.get("platforms", "/platforms", { success: ok(listOf(PlatformView)) })
      .annotate(RouteRules, publicRead())
      .annotate(OpenApi.Summary, "The stores that releases can be sent to"),
    HttpApiEndpoint.get("list", "/submissions", {
      query: { ...list.query, release_id: Schema.optionalKey(ReleaseId) },
      success: ok(listOf(SubmissionView)),
      error: failures("InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "What you sent to stores, the latest first"),
    HttpApiEndpoint.post("create", "/submissions", {
      payload: SubmissionRequest,
      success: ok(SubmissionView, 201),
      error: failures(
        "InvalidRequest",
        "DistributionNotIncluded",
        "SubscriptionUnpaid",
        "DistributionUnavailable",
        "ReleaseNotFound",
        "ReleaseInvalid",
        "ReleaseChanged",
        "SubmissionOpen"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(
        OpenApi.Summary,
        "Send a release, or the single that a track is alone on, to stores; everything wrong with it is told at once"
      ),
    HttpApiEndpoint.get("read", "/submissions/:id", {
      params: byId,
      success: ok(SubmissionView),
      error: failures("SubmissionNotFound")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "What became of a submission at each store"),
    HttpApiEndpoint.get("history", "/submissions/:id/history", {
      params: byId,
      ...list,
      success: ok(listOf(HistoryView)),
      error: failures("SubmissionNotFound", "InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead())
      .annotate(OpenApi.Summary, "Every change of a submission, the latest first"),
    HttpApiEndpoint.put("correct", "/submissions/:id", {
      params: byId,
      payload: Schema.Struct({
        release_date: Schema.optionalKey(Day),
        platforms: Schema.optionalKey(platforms)
      }),
      success: ok(SubmissionView),
      error: failures(
        "DistributionNotIncluded",
        "SubscriptionUnpaid",
        "SubmissionNotFound",
        "SubmissionConflict",
        "ReleaseNotFound",
        "ReleaseInvalid",
        "ReleaseChanged"
      )
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite())
      .annotate(
        OpenApi.Summary,
        "Send the release as it stands now: again where it was rejected or sending failed, as a change where it is sold"
      ),
    HttpApiEndpoint.post("withdraw", "/submissions/:id/withdraw", {
      params: byId,
      payload: EndRequest,
      success: ok(SubmissionView),
      error: failures("SubmissionNotFound", "SubmissionConflict")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Take back what is not sold yet"),
    HttpApiEndpoint.post("takedown", "/submissions/:id/takedown", {
      params: byId,
      payload: EndRequest,
      success: ok(SubmissionView),
      error: failures("SubmissionNotFound", "SubmissionConflict")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(OpenApi.Summary, "Ask the stores to sell it no longer")
  )
  .prefix("/api/v1/distribution")
  .annotate(OpenApi.Title, "Distribution: submissions")
