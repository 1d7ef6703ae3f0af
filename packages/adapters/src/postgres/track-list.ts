import { DateTime, Effect } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { type ListPlan, maxPageDepth, type Page } from "@veza/domain/kernel"
import type { Track, TrackFilter, TrackSort } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { toTrack, trackColumns } from "./track-row.ts"

/** How each allowed sort reads in SQL, how its cursor value is bound, and how it is taken from a row. */
const sorts: Record<
  TrackSort,
  { readonly column: string; readonly type: string; readonly of: (t: Track) => string | number }
> = {
  created_at: { column: "created_at", type: "timestamptz", of: (t) => DateTime.formatIso(t.createdAt) },
  title: { column: 'title COLLATE "C"', type: "text", of: (t) => t.title },
  plays: { column: "play_count", type: "integer", of: (t) => t.playCount },
  likes: { column: "like_count", type: "integer", of: (t) => t.likeCount },
  duration: { column: "duration_ms", type: "integer", of: (t) => t.durationMs ?? 0 }
}

/** The public list: keyset on the sort and the id, or counted pages (05-decisions, "Lists"). */
export const makeListPublic = Effect.map(Database, ({ sql }) => {
  const columns = sql.literal(trackColumns)

  const matching = (filter: TrackFilter): Array<Fragment> => [
    sql`status = 'ready' AND is_public`,
    ...(filter.userId === undefined ? [] : [sql`user_id = ${filter.userId}`]),
    ...(filter.genre === undefined ? [] : [sql`lower(genre) = lower(${filter.genre})`]),
    ...(filter.artist === undefined ? [] : [sql`lower(artist) = lower(${filter.artist})`])
  ]

  const select = (filter: TrackFilter, plan: ListPlan<TrackSort>) => {
    const { column, type } = sorts[plan.sort]
    const by = sql.literal(column)
    const direction = sql.literal(plan.descending ? "DESC" : "ASC")
    const beyond = sql.literal(plan.descending ? "<" : ">")
    const where = matching(filter)
    if (plan.start._tag === "After" && plan.start.key !== undefined) {
      const { value, id } = plan.start.key
      where.push(sql`(${by}, id) ${beyond} (${String(value)}::text::${sql.literal(type)}, ${id}::uuid)`)
    }
    const skip = plan.start._tag === "Offset" ? plan.start.skip : 0
    return sql`SELECT ${columns} FROM tracks WHERE ${sql.and(where)}
      ORDER BY ${by} ${direction}, id ${direction} LIMIT ${plan.limit + 1} OFFSET ${skip}`
  }

  const count = (filter: TrackFilter) =>
    sql<{ n: number }>`SELECT count(*)::int AS n
      FROM (SELECT 1 FROM tracks WHERE ${sql.and(matching(filter))} LIMIT ${maxPageDepth + 1}) AS counted`

  const countedPage = Effect.fnUntraced(function* (filter: TrackFilter, page: number) {
    const [row] = yield* bounded(count(filter))
    const n = row?.n ?? 0
    return { page, total: Math.min(n, maxPageDepth), isLowerBound: n > maxPageDepth }
  })

  return Effect.fnUntraced(function* (filter: TrackFilter, plan: ListPlan<TrackSort>) {
    const rows = yield* bounded(select(filter, plan))
    const found = yield* Effect.orDie(Effect.forEach(rows, toTrack))
    const items = found.slice(0, plan.limit)
    const last = items.at(-1)
    const next =
      found.length > plan.limit && last !== undefined ? { value: sorts[plan.sort].of(last), id: last.id } : undefined
    const counted = plan.start._tag === "Offset" ? yield* countedPage(filter, plan.start.page) : undefined
    return { items, limit: plan.limit, next, counted } satisfies Page<Track>
  })
})
