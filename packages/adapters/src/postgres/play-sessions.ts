import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Day } from "@veza/domain/kernel"
import { type PlaySession, PlaySessions } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const Row = Schema.Struct({
  beganAt: Schema.DateTimeUtcFromDate,
  reportedAt: Schema.DateTimeUtcFromDate,
  positionMs: Schema.Int,
  listenedMs: Schema.Int,
  furthestMs: Schema.Int,
  verdict: Schema.Literals(["open", "counted", "repeated"]),
  countedOn: Schema.NullOr(Day),
  completed: Schema.Boolean
})
const decode = Schema.decodeUnknownEffect(Row)

const toSession = ({ beganAt, reportedAt, countedOn, ...row }: typeof Row.Type): PlaySession => ({
  ...row,
  beganAt: DateTime.toEpochMillis(beganAt),
  reportedAt: DateTime.toEpochMillis(reportedAt),
  countedOn: countedOn ?? undefined
})

export const playSessionsPostgres = Layer.effect(
  PlaySessions,
  Effect.map(Database, ({ sql }) =>
    PlaySessions.of({
      hold: (track, id) =>
        bounded(
          Effect.flatMap(
            sql`SELECT began_at AS "beganAt", reported_at AS "reportedAt", position_ms AS "positionMs",
                listened_ms AS "listenedMs", furthest_ms AS "furthestMs", verdict, counted_on::text AS "countedOn", completed
              FROM play_sessions WHERE track_id = ${track} AND session_id = ${id} FOR UPDATE`,
            ([row]) =>
              row === undefined ? Effect.succeedNone : Effect.map(decode(row), (found) => Option.some(toSession(found)))
          )
        ),
      begin: (track, id, session) =>
        Effect.map(
          bounded(sql`
            INSERT INTO play_sessions (track_id, session_id, began_at, reported_at, position_ms, listened_ms,
              furthest_ms, verdict, counted_on, completed)
            VALUES (${track}, ${id}, ${new Date(session.beganAt)}, ${new Date(session.reportedAt)},
              ${session.positionMs}, ${session.listenedMs}, ${session.furthestMs}, ${session.verdict},
              ${session.countedOn ?? null}::text::date, ${session.completed})
            ON CONFLICT DO NOTHING RETURNING 1`),
          (rows) => rows.length > 0
        ),
      save: (track, id, session) =>
        bounded(sql`
          UPDATE play_sessions SET reported_at = ${new Date(session.reportedAt)}, position_ms = ${session.positionMs},
            listened_ms = ${session.listenedMs}, furthest_ms = ${session.furthestMs}, verdict = ${session.verdict},
            counted_on = ${session.countedOn ?? null}::text::date, completed = ${session.completed}
          WHERE track_id = ${track} AND session_id = ${id}`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM play_sessions WHERE (track_id, session_id) IN (
              SELECT track_id, session_id FROM play_sessions WHERE began_at < ${DateTime.toDate(before)}
              ORDER BY began_at LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  )
)
