import { Effect, Layer, Schema } from "effect"
import { longestStatsPeriod, PlayStatistics, TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const decodeDays = Schema.decodeUnknownEffect(
  Schema.Array(
    // Whatever comes out of a column of dates is a day: a year of them is not checked one by one.
    Schema.Struct({
      day: Schema.String.pipe(Schema.brand("Day")),
      plays: Schema.Int,
      completions: Schema.Int,
      listeners: Schema.Int
    })
  )
)
const decodeTracks = Schema.decodeUnknownEffect(Schema.Array(TrackId))

export const playStatisticsPostgres = Layer.effect(
  PlayStatistics,
  Effect.map(Database, ({ sql }) => {
    /**
     * One statement, so that events leave the queue and enter every count together. Rows of tracks are locked in one
     * order before anything refers to them; events of tracks that are gone are dropped. Who listened on a day is new
     * there unless that day, or a later one, is known of them already: events that come late beyond the day after are
     * counted as plays alone.
     */
    const take = (limit: number) =>
      bounded(sql<{ events: number; tracks: unknown }>`
        WITH taken AS (
          DELETE FROM play_pending WHERE id IN (SELECT id FROM play_pending ORDER BY id LIMIT ${limit})
          RETURNING track_id, kind, day, coalesce(user_id, visitor) AS listener, user_id IS NULL AS is_visitor),
        living AS MATERIALIZED (
          SELECT id AS track_id FROM tracks WHERE id IN (SELECT track_id FROM taken) ORDER BY id FOR NO KEY UPDATE),
        counts AS MATERIALIZED (
          SELECT track_id, day, count(*) FILTER (WHERE kind = 'play')::int AS plays,
            count(*) FILTER (WHERE kind = 'completion')::int AS completions
          FROM taken JOIN living USING (track_id) GROUP BY track_id, day),
        seen AS (
          SELECT DISTINCT track_id, listener, is_visitor, day FROM taken JOIN living USING (track_id)
          WHERE kind = 'play' AND listener IS NOT NULL),
        ordered AS (
          SELECT track_id, listener, seen.is_visitor, day, last_day,
            lag(day) OVER (PARTITION BY track_id, listener ORDER BY day) AS before
          FROM seen LEFT JOIN track_listeners USING (track_id, listener)),
        fresh AS MATERIALIZED (
          SELECT track_id, listener, is_visitor, day, coalesce(day - greatest(before, last_day), 0) AS gap
          FROM ordered WHERE last_day IS NULL OR day > last_day),
        remembered AS (
          INSERT INTO track_listeners (track_id, listener, is_visitor, last_day)
          SELECT track_id, listener, bool_and(is_visitor), max(day) FROM fresh GROUP BY track_id, listener
          ON CONFLICT (track_id, listener) DO UPDATE SET last_day = excluded.last_day),
        gaps AS (
          SELECT track_id, day, gap, count(*) AS n FROM fresh
          WHERE gap BETWEEN 1 AND ${longestStatsPeriod} GROUP BY track_id, day, gap),
        returned AS (
          SELECT track_id, day, array_agg(within ORDER BY days) AS returned_within FROM (
            SELECT track_id, day, days, sum(coalesce(n, 0)) OVER (PARTITION BY track_id, day ORDER BY days)::int AS within
            FROM (SELECT track_id, day, generate_series(1, max(gap)) AS days FROM gaps GROUP BY track_id, day) AS all_days
              LEFT JOIN (SELECT track_id, day, gap AS days, n FROM gaps) AS known USING (track_id, day, days)) AS counted
          GROUP BY track_id, day),
        days AS (
          INSERT INTO track_play_days (track_id, day, plays, completions, listeners, returned_within)
          SELECT track_id, day, plays, completions, coalesce(listeners, 0), coalesce(returned_within, '{}') FROM counts
            LEFT JOIN (SELECT track_id, day, count(*)::int AS listeners FROM fresh GROUP BY 1, 2) AS new
              USING (track_id, day)
            LEFT JOIN returned USING (track_id, day)
          ON CONFLICT (track_id, day) DO UPDATE SET plays = track_play_days.plays + excluded.plays,
            completions = track_play_days.completions + excluded.completions,
            listeners = track_play_days.listeners + excluded.listeners,
            returned_within = add_returned(track_play_days.returned_within, excluded.returned_within)),
        shown AS (
          UPDATE tracks SET play_count = play_count + total
          FROM (SELECT track_id, sum(plays)::int AS total FROM counts GROUP BY track_id HAVING sum(plays) > 0) AS sums
          WHERE id = track_id RETURNING id)
        SELECT (SELECT count(*)::int FROM taken) AS events,
          (SELECT coalesce(jsonb_agg(id), '[]') FROM shown) AS tracks`)

    return PlayStatistics.of({
      rollUp: Effect.fnUntraced(function* (limit) {
        const [lock] = yield* bounded(
          sql<{ mine: boolean }>`SELECT pg_try_advisory_xact_lock(hashtext('play_roll_up')) AS mine`
        )
        if (lock?.mine !== true) return { events: 0, tracks: [] }
        const [row] = yield* take(limit)
        return { events: row?.events ?? 0, tracks: yield* Effect.orDie(decodeTracks(row?.tracks ?? [])) }
      }),
      backlog: Effect.map(
        bounded(sql<{ depth: number; age: number }>`
          SELECT (SELECT count(*)::int FROM (SELECT 1 FROM play_pending LIMIT 1000000) AS waiting) AS depth,
            coalesce((SELECT extract(epoch FROM clock_timestamp() - written_at) FROM play_pending ORDER BY id LIMIT 1), 0)::float8 AS age`),
        ([row]) => ({ depth: row?.depth ?? 0, oldestAge: row?.age ?? 0 })
      ),
      plays: (track, from, to) =>
        Effect.map(
          bounded(sql<{ plays: number }>`
            SELECT coalesce(sum(plays), 0)::int AS plays FROM track_play_days
            WHERE track_id = ${track} AND day BETWEEN ${from}::text::date AND ${to}::text::date`),
          ([row]) => row?.plays ?? 0
        ),
      days: (track, from, to) =>
        bounded(
          Effect.flatMap(
            sql`SELECT day::text AS day, plays, completions, listeners FROM track_play_days
              WHERE track_id = ${track} AND day BETWEEN ${from}::text::date AND ${to}::text::date ORDER BY day`,
            decodeDays
          )
        ),
      listeners: (track, from, to) =>
        Effect.map(
          bounded(sql<{ listeners: number }>`
            SELECT coalesce(sum(listeners - coalesce(
                returned_within[least(day - ${from}::text::date, cardinality(returned_within))], 0)), 0)::int AS listeners
              FROM track_play_days
              WHERE track_id = ${track} AND day BETWEEN ${from}::text::date AND ${to}::text::date`),
          ([row]) => row?.listeners ?? 0
        ),
      forgetListeners: (visitorsBefore, usersBefore) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM track_listeners WHERE (track_id, listener) IN (
                SELECT track_id, listener FROM track_listeners
                WHERE last_day < ${usersBefore}::text::date OR (is_visitor AND last_day < ${visitorsBefore}::text::date)
                LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
