import type { DateTime } from "effect"
import type { Track } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { drop, dropWhere } from "./tables.ts"
import { notePlace } from "./track-places.ts"

/** Removes a track with the likes, share links, counts and history that hang on it, and notes its file. */
export const removeTrack = (tables: Tables, track: Track, at: DateTime.Utc): Tables => {
  const [, unliked] = dropWhere(
    drop(drop(tables, "trackStreams", track.id), "tracks", track.id),
    "likes",
    ({ trackId }) => trackId === track.id
  )
  const [, unshared] = dropWhere(unliked, "shares", ({ share }) => share.trackId === track.id)
  const [, uncounted] = dropWhere(unshared, "playDays", ({ trackId }) => trackId === track.id)
  const [, unheard] = dropWhere(uncounted, "playListeners", ({ trackId }) => trackId === track.id)
  const [, unchanged] = dropWhere(unheard, "trackChanges", ({ trackId }) => trackId === track.id)
  return notePlace(drop(unchanged, "renditionBuilds", track.id), track, track.userId, at)
}
