import { DateTime, Effect } from "effect"
import type { Fragment } from "effect/sql/Statement"
import type { ListPlan } from "@veza/domain/kernel"
import type { Track, TrackFilter, TrackSort } from "@veza/domain/tracks"
import { Database } from "./client.ts"
import { type KeysetSort, keysetPages } from "./keyset-page.ts"
import { toTrack, trackColumns } from "./track-row.ts"

const sorts: Record<TrackSort, KeysetSort<Track>> = {
  created_at: { column: "created_at", type: "timestamptz", of: (t) => DateTime.formatIso(t.createdAt) },
  title: { column: 'title COLLATE "C"', type: "text", of: (t) => t.title },
  plays: { column: "play_count", type: "integer", of: (t) => t.playCount },
  likes: { column: "like_count", type: "integer", of: (t) => t.likeCount },
  duration: { column: "duration_ms", type: "integer", of: (t) => t.durationMs ?? 0 }
}

/** The public list. */
export const makeListPublic = Effect.gen(function* () {
  const { sql } = yield* Database
  const pageOf = yield* keysetPages({
    table: "tracks",
    columns: trackColumns,
    sorts,
    idOf: (track: Track) => track.id,
    decode: toTrack
  })
  const matching = (filter: TrackFilter): ReadonlyArray<Fragment> => [
    sql`status = 'ready' AND is_public`,
    ...(filter.userId === undefined ? [] : [sql`user_id = ${filter.userId}`]),
    ...(filter.genre === undefined ? [] : [sql`lower(genre) = lower(${filter.genre})`]),
    ...(filter.artist === undefined ? [] : [sql`lower(artist) = lower(${filter.artist})`])
  ]
  return (filter: TrackFilter, plan: ListPlan<TrackSort>) => pageOf(matching(filter), plan)
})
