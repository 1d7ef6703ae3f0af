import { Effect } from "effect"
import { type Actor, ownsOrAdministers } from "../kernel/index.ts"
import { TrackNotFound, TrackNotReady, TrackPrivate } from "./errors.ts"
import type { Track } from "./track.ts"

type Judged = Pick<Track, "userId" | "status" | "isPublic">

export type Access = "visible" | "private" | "absent"

/**
 * What a track is to somebody (05-decisions, "Visibility before rights"): strangers see ready public tracks, learn of
 * private ones only that they are private, and of unfinished ones nothing. A share token opens the track it was made for.
 */
export const accessTo = (track: Judged, actor: Actor, hasShare: boolean): Access => {
  if (ownsOrAdministers(actor, track.userId)) return "visible"
  if (track.status !== "ready") return "absent"
  return track.isPublic || hasShare ? "visible" : "private"
}

export const ensureVisible = <T extends Judged>(
  track: T,
  actor: Actor,
  hasShare: boolean
): Effect.Effect<T, TrackNotFound | TrackPrivate> => {
  switch (accessTo(track, actor, hasShare)) {
    case "visible":
      return Effect.succeed(track)
    case "private":
      return Effect.fail(new TrackPrivate())
    case "absent":
      return Effect.fail(new TrackNotFound())
  }
}

/** The sound of a track exists for its owner too only once it is ready. */
export const ensureReady = <T extends Judged>(track: T): Effect.Effect<T, TrackNotReady> =>
  track.status === "ready" ? Effect.succeed(track) : Effect.fail(new TrackNotReady())
