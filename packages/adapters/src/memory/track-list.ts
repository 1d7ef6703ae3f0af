import { DateTime } from "effect"
import type { ListPlan, Page, SortValue } from "@veza/domain/kernel"
import { isListed, type Range, searchWords, type Track, type TrackFilter, type TrackSort } from "@veza/domain/tracks"
import { keysetPage } from "./keyset-page.ts"

const sortValue: Record<TrackSort, (track: Track) => SortValue> = {
  created_at: (track) => DateTime.formatIso(track.createdAt),
  title: (track) => track.title,
  plays: (track) => track.playCount,
  likes: (track) => track.likeCount,
  duration: (track) => track.durationMs ?? 0
}

const same = (a: string | null, b: string): boolean => a !== null && a.toLowerCase() === b.toLowerCase()

const within = (value: number | null, { from = -Infinity, to = Infinity }: Range): boolean =>
  value !== null && value >= from && value <= to

const hasTags = (track: Track, wanted: ReadonlyArray<string>): boolean => {
  const tags = new Set(track.tags.map((tag) => tag.toLowerCase()))
  return wanted.every((tag) => tags.has(tag.toLowerCase()))
}

const hasWords = ({ title, artist, album }: Track, sought: ReadonlyArray<string>): boolean => {
  const words = [title, artist, album].flatMap((text) => searchWords(text ?? ""))
  return sought.length > 0 && sought.every((start) => words.some((word) => word.startsWith(start)))
}

const matches = (track: Track, filter: TrackFilter): boolean =>
  isListed(track) &&
  (filter.userId === undefined || track.userId === filter.userId) &&
  (filter.genre === undefined || same(track.genre, filter.genre)) &&
  (filter.artist === undefined || same(track.artist, filter.artist)) &&
  (filter.musicalKey === undefined || same(track.musicalKey, filter.musicalKey)) &&
  (filter.bpm === undefined || within(track.bpm, filter.bpm)) &&
  (filter.year === undefined || within(track.year, filter.year)) &&
  (filter.tags === undefined || hasTags(track, filter.tags)) &&
  (filter.words === undefined || hasWords(track, filter.words))

/** One page of the ready public tracks. */
export const listPublic = (tracks: ReadonlyArray<Track>, filter: TrackFilter, plan: ListPlan<TrackSort>): Page<Track> =>
  keysetPage(
    tracks.filter((track) => matches(track, filter)),
    (track) => ({ value: sortValue[plan.sort](track), id: track.id }),
    plan
  )
