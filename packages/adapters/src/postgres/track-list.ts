import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { ListPlan } from "@veza/domain/kernel"
import type { Range, Track, TrackFilter, TrackSort } from "@veza/domain/tracks"
import { Database } from "./client.ts"
import { type KeysetList, type KeysetSort, keysetPages } from "./keyset-page.ts"
import { listedTracks, toTrack, trackColumns } from "./track-row.ts"

const sorts: Record<TrackSort, KeysetSort<Track>> = {
  created_at: { column: "created_at", type: "timestamptz", of: (t) => DateTime.formatIso(t.createdAt) },
  title: { column: 'title COLLATE "C"', type: "text", of: (t) => t.title },
  plays: { column: "play_count", type: "integer", of: (t) => t.playCount },
  likes: { column: "like_count", type: "integer", of: (t) => t.likeCount },
  duration: { column: "duration_ms", type: "integer", of: (t) => t.durationMs ?? 0 }
}

/** How the public list is read. */
export const publicTracks: KeysetList<Track, TrackSort> = {
  table: "tracks",
  columns: trackColumns,
  sorts,
  idOf: (track) => track.id,
  decode: toTrack
}

const within = (sql: SqlClient, column: string, { from, to }: Range): ReadonlyArray<Fragment> => [
  ...(from === undefined ? [] : [sql`${sql(column)} >= ${from}`]),
  ...(to === undefined ? [] : [sql`${sql(column)} <= ${to}`])
]

/** Letters and digits only stand in the words, so nothing in them has a meaning to tsquery. */
const prefixes = (words: ReadonlyArray<string>): string => words.map((word) => `'${word}':*`).join(" & ")

/** The conditions of a filter. */
export const matching = (sql: SqlClient, filter: TrackFilter): ReadonlyArray<Fragment> => [
  sql`${sql.literal(listedTracks)}`,
  ...(filter.userId === undefined ? [] : [sql`user_id = ${filter.userId}`]),
  ...(filter.genre === undefined ? [] : [sql`lower(genre) = lower(${filter.genre})`]),
  ...(filter.artist === undefined ? [] : [sql`lower(artist) = lower(${filter.artist})`]),
  ...(filter.musicalKey === undefined ? [] : [sql`lower(musical_key) = lower(${filter.musicalKey})`]),
  ...(filter.bpm === undefined ? [] : within(sql, "bpm", filter.bpm)),
  ...(filter.year === undefined ? [] : within(sql, "year", filter.year)),
  ...(filter.tags === undefined
    ? []
    : [
        sql`tags_folded(tags) @> tags_folded(ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(filter.tags)}::jsonb)))`
      ]),
  ...(filter.words === undefined
    ? []
    : [filter.words.length === 0 ? sql`false` : sql`search @@ ${prefixes(filter.words)}::text::tsquery`])
]

/** The public list. */
export const makeListPublic = Effect.gen(function* () {
  const { sql } = yield* Database
  const pageOf = yield* keysetPages(publicTracks)
  return (filter: TrackFilter, plan: ListPlan<TrackSort>) => pageOf(matching(sql, filter), plan)
})
