import type { Track } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { drop, dropWhere, put } from "./tables.ts"

/** Removes a track with the likes and share links that hang on it, and notes its file. */
export const removeTrack = (tables: Tables, track: Track): Tables => {
  const [, unliked] = dropWhere(
    drop(drop(tables, "trackStreams", track.id), "tracks", track.id),
    "likes",
    ({ trackId }) => trackId === track.id
  )
  const [, unshared] = dropWhere(unliked, "shares", ({ share }) => share.trackId === track.id)
  return put(unshared, "removedTrackFiles", track.storageKey, track.userId)
}
