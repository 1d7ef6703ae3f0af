import { Effect } from "effect"
import { type Actor, ownsOrAdministers } from "../kernel/index.ts"
import { TrackNotFound, TrackNotReady, TrackPrivate } from "./errors.ts"
import { TrackBlocked } from "./rights/errors.ts"
import type { Track } from "./track.ts"

type Judged = Pick<Track, "userId" | "status" | "isPublic" | "blockedAt">

/** Is it for everybody to find? Every list and recommendation asks this, here or as `listedTracks` in SQL. */
export const isListed = ({ status, isPublic, blockedAt }: Omit<Judged, "userId">): boolean =>
  status === "ready" && isPublic && blockedAt === null

export type Access = "visible" | "private" | "absent" | "blocked"

/**
 * What a track is to somebody (05-decisions, "Visibility before rights"): strangers see ready public tracks, learn of
 * private ones only that they are private, and of unfinished ones nothing. A share token opens the track it was made for.
 * A blocked track is blocked for everybody who could see it, its owner and administrators included.
 */
export const accessTo = (track: Judged, actor: Actor, hasShare: boolean): Access => {
  if (!ownsOrAdministers(actor, track.userId)) {
    if (track.status !== "ready") return "absent"
    if (!track.isPublic && !hasShare) return "private"
  }
  return track.blockedAt === null ? "visible" : "blocked"
}

export const ensureVisible = <T extends Judged>(
  track: T,
  actor: Actor,
  hasShare: boolean
): Effect.Effect<T, TrackNotFound | TrackPrivate | TrackBlocked> => {
  switch (accessTo(track, actor, hasShare)) {
    case "visible":
      return Effect.succeed(track)
    case "private":
      return Effect.fail(new TrackPrivate())
    case "absent":
      return Effect.fail(new TrackNotFound())
    case "blocked":
      return Effect.fail(new TrackBlocked())
  }
}

/** For those whose right to see the track was judged already, by what they hold. */
export const ensureUnblocked = <T extends Pick<Judged, "blockedAt">>(track: T): Effect.Effect<T, TrackBlocked> =>
  track.blockedAt === null ? Effect.succeed(track) : Effect.fail(new TrackBlocked())

/** The sound of a track exists for its owner too only once it is ready. */
export const ensureReady = <T extends Judged>(track: T): Effect.Effect<T, TrackNotReady> =>
  track.status === "ready" ? Effect.succeed(track) : Effect.fail(new TrackNotReady())
