import { DateTime } from "effect"
import type { ListPlan, Page, SortValue } from "@veza/domain/kernel"
import type { Track, TrackFilter, TrackSort } from "@veza/domain/tracks"
import { keysetPage } from "./keyset-page.ts"

const sortValue: Record<TrackSort, (track: Track) => SortValue> = {
  created_at: (track) => DateTime.formatIso(track.createdAt),
  title: (track) => track.title,
  plays: (track) => track.playCount,
  likes: (track) => track.likeCount,
  duration: (track) => track.durationMs ?? 0
}

const same = (a: string | null, b: string): boolean => a !== null && a.toLowerCase() === b.toLowerCase()

const matches = (track: Track, filter: TrackFilter): boolean =>
  track.status === "ready" &&
  track.isPublic &&
  (filter.userId === undefined || track.userId === filter.userId) &&
  (filter.genre === undefined || same(track.genre, filter.genre)) &&
  (filter.artist === undefined || same(track.artist, filter.artist))

/** One page of the ready public tracks. */
export const listPublic = (tracks: ReadonlyArray<Track>, filter: TrackFilter, plan: ListPlan<TrackSort>): Page<Track> =>
  keysetPage(
    tracks.filter((track) => matches(track, filter)),
    (track) => ({ value: sortValue[plan.sort](track), id: track.id }),
    plan
  )
