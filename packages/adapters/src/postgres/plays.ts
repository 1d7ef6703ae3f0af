import { DateTime, Effect, Layer, Schema } from "effect"
import { type HistorySort, type OwnPlay, type PlayEvent, Plays, TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { keysetPages } from "./keyset-page.ts"

const Row = Schema.Struct({
  id: Schema.String,
  at: Schema.DateTimeUtcFromDate,
  trackId: TrackId,
  title: Schema.NullOr(Schema.String)
})
const decode = Schema.decodeUnknownEffect(Row)

/** The columns of a play under the names the domain gives them; events of somebody are plays, completions are nobody's. */
const columns = `id, at, track_id AS "trackId", (SELECT title FROM tracks WHERE tracks.id = play_events.track_id) AS title`

const toRow = ({ id, at, trackId, kind, day, userId, visitor }: PlayEvent) => ({
  id,
  at: DateTime.formatIso(at),
  track_id: trackId,
  kind,
  day,
  user_id: userId,
  visitor
})

const firstOfMonth = (at: DateTime.Utc): string => `${DateTime.formatIso(at).slice(0, 7)}-01`

export const playsPostgres = Layer.effect(
  Plays,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const pageOf = yield* keysetPages<OwnPlay, HistorySort>({
      table: "play_events",
      columns,
      sorts: { at: { column: "at", type: "timestamptz", of: ({ at }) => DateTime.formatIso(at) } },
      idOf: ({ id }) => id,
      decode
    })
    const makeMonth = (month: DateTime.Utc) =>
      Effect.map(
        bounded(sql<{ made: boolean }>`SELECT play_events_make_month(${firstOfMonth(month)}::text::date) AS made`),
        ([row]) => (row?.made === true ? 1 : 0)
      )
    const counting = (statement: Effect.Effect<ReadonlyArray<unknown>, unknown>) =>
      inBatches(Effect.map(bounded(statement), (rows) => rows.length))
    return Plays.of({
      claim: (track, listener, at, since) =>
        Effect.map(
          bounded(sql`
            INSERT INTO recent_plays (track_id, listener, counted_at) VALUES (${track}, ${listener}, ${DateTime.toDate(at)})
            ON CONFLICT (track_id, listener) DO UPDATE SET counted_at = excluded.counted_at
            WHERE recent_plays.counted_at <= ${DateTime.toDate(since)} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      append: (events) =>
        bounded(sql`
          WITH appended AS (
            INSERT INTO play_events (id, at, track_id, kind, day, user_id, visitor)
            SELECT id, at, track_id, kind, day, user_id, visitor
            FROM jsonb_to_recordset(${JSON.stringify(events.map(toRow))}::jsonb) AS event (
              id uuid, at timestamptz, track_id uuid, kind text, day date, user_id uuid, visitor uuid)
            RETURNING *)
          INSERT INTO play_pending (id, track_id, kind, day, user_id, visitor)
          SELECT id, track_id, kind, day, user_id, visitor FROM appended`),
      list: (user, track, plan) => pageOf([sql`user_id = ${user}`, sql`track_id = ${track}`], plan),
      of: (user, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${sql.literal(columns)} FROM play_events
              WHERE user_id = ${user} AND (${after?.id ?? null}::uuid IS NULL OR (track_id, at, id) >
                (${after?.trackId ?? null}::uuid, ${after === undefined ? null : DateTime.toDate(after.at)}::timestamptz,
                 ${after?.id ?? null}::uuid))
              ORDER BY track_id, at, id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, (row) => decode(row))
          )
        ),
      forgetUser: Effect.fnUntraced(function* (user) {
        yield* counting(sql`
          UPDATE play_events SET user_id = NULL WHERE user_id = ${user} AND (at, id) IN (
            SELECT at, id FROM play_events WHERE user_id = ${user} LIMIT ${batchSize}) RETURNING 1`)
        yield* bounded(sql`UPDATE play_pending SET user_id = NULL WHERE user_id = ${user}`)
        yield* counting(sql`
          DELETE FROM track_listeners WHERE (track_id, listener) IN (
            SELECT track_id, listener FROM track_listeners WHERE listener = ${user} AND NOT is_visitor
            LIMIT ${batchSize}) RETURNING 1`)
      }),
      prepareMonths: (first, months) => {
        const begin = DateTime.makeUnsafe(`${firstOfMonth(first)}T00:00:00.000Z`)
        const all = Array.from({ length: months }, (_, n) => DateTime.add(begin, { months: n }))
        return Effect.map(Effect.forEach(all, makeMonth), (made) => made.reduce<number>((sum, one) => sum + one, 0))
      },
      dropMonths: (before) =>
        Effect.map(
          bounded(sql<{ dropped: number }>`SELECT play_events_drop_months(${DateTime.toDate(before)}) AS dropped`),
          ([row]) => row?.dropped ?? 0
        ),
      forgetClaims: (before) =>
        counting(sql`
          DELETE FROM recent_plays WHERE (track_id, listener) IN (
            SELECT track_id, listener FROM recent_plays WHERE counted_at < ${DateTime.toDate(before)}
            ORDER BY counted_at LIMIT ${batchSize}) RETURNING 1`)
    })
  })
)
