import * as Tracks from "@veza/domain/tracks"
import { row } from "../error-row.ts"

/** Claims of infringement, and what they block. */
export const dmcaErrors = {
  NoticeNotFound: row(Tracks.NoticeNotFound, 404, "NOTICE_NOT_FOUND", "Resource not found"),
  NoticeConflict: row(
    Tracks.NoticeConflict,
    409,
    "NOTICE_CONFLICT",
    (e) => `The notice is ${e.status.replace("_", " ")}, which does not allow that`
  ),
  RestorationTooEarly: row(
    Tracks.RestorationTooEarly,
    409,
    "RESTORATION_TOO_EARLY",
    "The claimant still has time to go to court",
    { transient: true }
  ),
  TrackGone: row(Tracks.TrackGone, 410, "TRACK_GONE", "The track was removed"),
  TrackBlocked: row(
    Tracks.TrackBlocked,
    451,
    "UNAVAILABLE_FOR_LEGAL_REASONS",
    "The track is blocked because of a claim of infringement",
    // Whoever answers here blocks it; who demanded that is not named (RFC 7725 §4).
    { headers: () => ({ Link: '</>; rel="blocked-by"' }) }
  )
} as const
