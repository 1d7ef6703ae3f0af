import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Day, textUpTo } from "@veza/domain/kernel"
import { ChangeMaker, PlaySessionId, TrackId } from "@veza/domain/tracks"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery } from "./lists.ts"
import { publicRead, RouteRules } from "./rules.ts"

const byId = { id: TrackId }
const shareQuery = { share: Schema.optionalKey(textUpTo(256)) }

/** Seconds, a week at most: what players and their clocks may say. */
const Seconds = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 604_800 }))

/** What answers say needs no checks: there may be a year of these in one. */
export const DayOfPlays = Schema.Struct({
  /** A day of UTC, such as 2030-12-31. */
  day: Schema.String,
  plays: Schema.Int,
  unique_listeners: Schema.Int,
  completions: Schema.Int
}).annotate({ identifier: "DayOfPlays" })

export const TrackStats = Schema.Struct({
  track_id: TrackId,
  /** Of all times. */
  plays: Schema.Int,
  likes: Schema.Int,
  period: Schema.Struct({
    /** Both included, days of UTC. */
    from: Day,
    to: Day,
    plays: Schema.Int,
    /** What follows is for the owner and administrators. */
    unique_listeners: Schema.optionalKey(Schema.Int),
    /** The part of the plays that went to the end, 0 to 1; null without plays. */
    completion_rate: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
    by_day: Schema.optionalKey(Schema.Array(DayOfPlays))
  })
}).annotate({ identifier: "TrackStats" })

export const HistoryEntry = Schema.Struct({
  id: Schema.String,
  at: Schema.DateTimeUtcFromString,
  /** `played`, or what happened to the track: `uploaded`, `ready`, `failed`, `updated` … */
  type: Schema.String,
  by: Schema.optionalKey(ChangeMaker),
  /** What an update changed. */
  fields: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Whether the update made the track public. */
  is_public: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "TrackHistoryEntry" })
export type HistoryEntry = typeof HistoryEntry.Type

export const Plays = HttpApiGroup.make("plays")
  .add(
    HttpApiEndpoint.post("report", "/:id/play", {
      params: byId,
      query: shareQuery,
      payload: Schema.Struct({
        /** A new one each time the track is begun. */
        session_id: PlaySessionId,
        /** Seconds into the track. */
        position: Seconds,
        /** Seconds heard in this session so far, as the client counts: it can only lower what is believed. */
        duration: Schema.optionalKey(Seconds)
      }),
      success: ok(
        Schema.Struct({
          /** This session counts as a play. */
          counted: Schema.Boolean,
          /** Seconds of listening that are believed. */
          listened: Schema.Finite
        })
      ),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "TrackNotReady")
    })
      .annotate(RouteRules, publicRead({ auth: "O", csrf: "session", limit: "media", cache: "no-store" }))
      .annotate(OpenApi.Summary, "Report how far you have listened: at the start, every ten seconds or so, at the end"),
    HttpApiEndpoint.get("stats", "/:id/stats", {
      params: byId,
      query: { ...shareQuery, from: Schema.optionalKey(Day), to: Schema.optionalKey(Day) },
      success: ok(TrackStats),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "InvalidStatsPeriod")
    })
      .annotate(RouteRules, publicRead({ auth: "O", cache: "revalidate" }))
      .annotate(
        OpenApi.Summary,
        "Plays and likes of a track; for its owner also listeners, completion and single days"
      ),
    HttpApiEndpoint.get("history", "/:id/history", {
      params: byId,
      query: { ...shareQuery, ...listQuery },
      success: ok(listOf(HistoryEntry)),
      error: failures("TrackNotFound", "TrackPrivate", "TrackBlocked", "InvalidCursor", "PageTooDeep")
    })
      .annotate(RouteRules, publicRead({ auth: "O", cache: "no-store" }))
      .annotate(OpenApi.Summary, "What happened to a track, for its owner; for others their own plays of it")
  )
  .prefix("/api/v1/tracks")
  .annotate(OpenApi.Title, "Plays, statistics and history")
