import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { nonBlankUpTo, UserId } from "@veza/domain/kernel"
import { CounterStatement, NoticeId, NoticeStatement, NoticeStatus, TrackId } from "@veza/domain/tracks"
import { RequiresSession } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery } from "./lists.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

const time = Schema.DateTimeUtcFromString
const text = Schema.NullOr(Schema.String)

/** A notice of infringement as moderators see it. */
export const NoticeView = Schema.Struct({
  id: NoticeId,
  track_id: TrackId,
  /** As it was when the notice came. */
  track_title: text,
  owner_id: UserId,
  status: NoticeStatus,
  /** Null once it is forgotten: three years after the end. */
  claimant: Schema.NullOr(
    Schema.Struct({
      name: Schema.String,
      address: text,
      phone: text,
      email: text,
      on_behalf_of: text,
      signature: text
    })
  ),
  work_description: Schema.String,
  work_url: text,
  received_at: time,
  decided_at: Schema.NullOr(time),
  decided_by: Schema.NullOr(UserId),
  /** Why it was dismissed. */
  reason: text,
  countered_at: Schema.NullOr(time),
  /** Null once it is forgotten, too. */
  counter_notice: Schema.NullOr(
    Schema.Struct({
      name: Schema.String,
      address: text,
      phone: text,
      statement: text,
      signature: text
    })
  ),
  /** The end of the tenth business day after the counter-notice, and of the fourteenth. */
  restorable_from: Schema.NullOr(time),
  restore_by: Schema.NullOr(time),
  restored_at: Schema.NullOr(time),
  restored_by: Schema.NullOr(UserId),
  claimant_withdrew: Schema.NullOr(Schema.Boolean)
}).annotate({ identifier: "Notice" })
export type NoticeView = typeof NoticeView.Type

const byId = { id: NoticeId }
const moderation = { auth: "M", duringMaintenance: true } as const

export const Dmca = HttpApiGroup.make("dmca")
  .add(
    HttpApiEndpoint.post("notice", "/dmca/notice", {
      payload: NoticeStatement,
      success: ok(Schema.Struct({ id: NoticeId, status: NoticeStatus, received_at: time }), 201),
      error: failures("TrackNotFound")
    })
      .annotate(RouteRules, publicRead({ limit: "notice", cache: "no-store" }))
      .annotate(
        OpenApi.Summary,
        "Claim that a track infringes your copyright; a few an hour. Both statements must be made, the second under penalty of perjury (17 U.S.C. §512(c)(3))"
      ),
    HttpApiEndpoint.post("counterNotice", "/dmca/notices/:id/counter-notice", {
      params: byId,
      payload: CounterStatement,
      success: ok(
        Schema.Struct({
          id: NoticeId,
          status: NoticeStatus,
          countered_at: time,
          restorable_from: time,
          restore_by: time
        }),
        201
      ),
      error: failures("NoticeNotFound", "NoticeConflict", "TrackGone")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite({ idempotent: true }))
      .annotate(
        OpenApi.Summary,
        "Object to the blocking of your track, under penalty of perjury; the claimant gets a copy (17 U.S.C. §512(g)(3))"
      ),
    HttpApiEndpoint.get("list", "/admin/dmca/notices", {
      query: { ...listQuery, status: Schema.optionalKey(NoticeStatus), track_id: Schema.optionalKey(TrackId) },
      success: ok(listOf(NoticeView)),
      error: failures("Forbidden", "SecondFactorRequired", "InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateRead(moderation))
      .annotate(OpenApi.Summary, "Notices of infringement, the latest first"),
    HttpApiEndpoint.post("takedown", "/admin/dmca/notices/:id/takedown", {
      params: byId,
      success: ok(NoticeView),
      error: failures("Forbidden", "SecondFactorRequired", "NoticeNotFound", "NoticeConflict", "TrackGone")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite(moderation))
      .annotate(OpenApi.Summary, "Block the track for everybody; its owner is told"),
    HttpApiEndpoint.post("dismiss", "/admin/dmca/notices/:id/dismiss", {
      params: byId,
      payload: Schema.Struct({ reason: nonBlankUpTo(1000) }),
      success: ok(NoticeView),
      error: failures("Forbidden", "SecondFactorRequired", "NoticeNotFound", "NoticeConflict")
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite(moderation))
      .annotate(OpenApi.Summary, "Let a notice be without consequence"),
    HttpApiEndpoint.post("restore", "/admin/dmca/notices/:id/restore", {
      params: byId,
      payload: Schema.Struct({ claimant_withdrew: Schema.optionalKey(Schema.Boolean) }),
      success: ok(Schema.Struct({ ...NoticeView.fields, still_blocked: Schema.Boolean })),
      error: failures(
        "Forbidden",
        "SecondFactorRequired",
        "NoticeNotFound",
        "NoticeConflict",
        "RestorationTooEarly",
        "TrackGone"
      )
    })
      .middleware(RequiresSession)
      .annotate(RouteRules, privateWrite(moderation))
      .annotate(
        OpenApi.Summary,
        "Put the track back: 10 business days after a counter-notice, at once if the claimant withdrew; not while another notice blocks it"
      )
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Title, "Rights")
