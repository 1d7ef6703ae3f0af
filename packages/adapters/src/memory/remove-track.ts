import type { Track } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { drop, dropWhere, put } from "./tables.ts"

/** Removes a track with the likes, share links, counts and history that hang on it, and notes its file. */
export const removeTrack = (tables: Tables, track: Track): Tables => {
  const [, unliked] = dropWhere(
    drop(drop(tables, "trackStreams", track.id), "tracks", track.id),
    "likes",
    ({ trackId }) => trackId === track.id
  )
  const [, unshared] = dropWhere(unliked, "shares", ({ share }) => share.trackId === track.id)
  const [, uncounted] = dropWhere(unshared, "playDays", ({ trackId }) => trackId === track.id)
  const [, unheard] = dropWhere(uncounted, "playListeners", ({ trackId }) => trackId === track.id)
  const [, unchanged] = dropWhere(unheard, "trackChanges", ({ trackId }) => trackId === track.id)
  return put(drop(unchanged, "renditionBuilds", track.id), "removedTrackFiles", track.storageKey, track.userId)
}
