import { DateTime } from "effect"
import { type Key, type ListPlan, maxPageDepth, type Page, type SortValue } from "@veza/domain/kernel"
import type { Track, TrackFilter, TrackSort } from "@veza/domain/tracks"

const sortValue: Record<TrackSort, (track: Track) => SortValue> = {
  created_at: (track) => DateTime.formatIso(track.createdAt),
  title: (track) => track.title,
  plays: (track) => track.playCount,
  likes: (track) => track.likeCount,
  duration: (track) => track.durationMs ?? 0
}

/** Text in the order of its UTF-8 bytes, which is the database's order of titles (collation "C"). */
const compare = (a: SortValue, b: SortValue): number =>
  typeof a === "number" && typeof b === "number"
    ? a - b
    : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))

const compareKeys = (a: Key, b: Key): number => compare(a.value, b.value) || compare(a.id, b.id)

const same = (a: string | null, b: string): boolean => a !== null && a.toLowerCase() === b.toLowerCase()

const matches = (track: Track, filter: TrackFilter): boolean =>
  track.status === "ready" &&
  track.isPublic &&
  (filter.userId === undefined || track.userId === filter.userId) &&
  (filter.genre === undefined || same(track.genre, filter.genre)) &&
  (filter.artist === undefined || same(track.artist, filter.artist))

/** One page of the ready public tracks: keyset on the sort and the id, or counted (05-decisions, "Lists"). */
export const listPublic = (
  tracks: ReadonlyArray<Track>,
  filter: TrackFilter,
  plan: ListPlan<TrackSort>
): Page<Track> => {
  const keyOf = (track: Track): Key => ({ value: sortValue[plan.sort](track), id: track.id })
  const direction = plan.descending ? -1 : 1
  const matching = tracks.filter((track) => matches(track, filter))
  const sorted = matching
    .map((track) => ({ track, key: keyOf(track) }))
    .toSorted((a, b) => direction * compareKeys(a.key, b.key))
  const { start } = plan
  const rest =
    start._tag === "Offset"
      ? sorted.slice(start.skip)
      : sorted.filter(({ key }) => start.key === undefined || direction * compareKeys(key, start.key) > 0)
  const rows = rest.slice(0, plan.limit)
  return {
    items: rows.map(({ track }) => track),
    limit: plan.limit,
    next: rest.length > plan.limit ? rows.at(-1)?.key : undefined,
    counted:
      start._tag === "Offset"
        ? {
            page: start.page,
            total: Math.min(matching.length, maxPageDepth),
            isLowerBound: matching.length > maxPageDepth
          }
        : undefined
  }
}
