import { DateTime, Effect, Layer, Schema } from "effect"
import { ApiKeyId, SessionId, UserId } from "@veza/domain/kernel"
import { type AccessEntry, AccessLog } from "@veza/domain/platform"
import { arrayText } from "./array-text.ts"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const isoDay = (moment: DateTime.Utc): string => DateTime.formatIso(moment).slice(0, 10)

const Row = Schema.Struct({
  id: Schema.String,
  at: Schema.DateTimeUtcFromDate,
  userId: UserId,
  sessionId: Schema.NullOr(SessionId),
  keyId: Schema.NullOr(ApiKeyId),
  ip: Schema.String,
  userAgent: Schema.String,
  method: Schema.String,
  route: Schema.String,
  status: Schema.Int,
  requestId: Schema.String
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))

const entryColumns = `id, at, user_id AS "userId", session_id AS "sessionId", api_key_id AS "keyId", ip,
  user_agent AS "userAgent", method, route, status, request_id AS "requestId"`

const toEntry = ({ sessionId, keyId, ...entry }: typeof Row.Type): AccessEntry => ({
  ...entry,
  sessionId: sessionId ?? undefined,
  keyId: keyId ?? undefined
})

/** One column of a batch. */
const column = (entries: ReadonlyArray<AccessEntry>, of: (entry: AccessEntry) => string | number | undefined): string =>
  arrayText(entries.map(of))

export const accessLogPostgres = Layer.effect(
  AccessLog,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(entryColumns)
    const makeDay = (day: DateTime.Utc) =>
      Effect.map(
        bounded(sql<{ made: boolean }>`SELECT api_access_make_day(${isoDay(day)}::text::date) AS made`),
        ([row]) => (row?.made === true ? 1 : 0)
      )
    return AccessLog.of({
      write: (entries) => {
        if (entries.length === 0) return Effect.void
        return bounded(sql`
          INSERT INTO api_access (id, at, user_id, session_id, api_key_id, ip, user_agent, method, route, status, request_id)
          SELECT id, 'epoch'::timestamptz + at * interval '1 millisecond', user_id, session_id, api_key_id, ip, user_agent,
            method, route, status, request_id FROM unnest(
            ${column(entries, ({ id }) => id)}::uuid[],
            ${column(entries, ({ at }) => at.epochMilliseconds)}::bigint[],
            ${column(entries, ({ userId }) => userId)}::uuid[],
            ${column(entries, ({ sessionId }) => sessionId)}::uuid[],
            ${column(entries, ({ keyId }) => keyId)}::uuid[],
            ${column(entries, ({ ip }) => ip)}::text[],
            ${column(entries, ({ userAgent }) => userAgent)}::text[],
            ${column(entries, ({ method }) => method)}::text[],
            ${column(entries, ({ route }) => route)}::text[],
            ${column(entries, ({ status }) => status)}::integer[],
            ${column(entries, ({ requestId }) => requestId)}::text[])
            AS call (id, at, user_id, session_id, api_key_id, ip, user_agent, method, route, status, request_id)
          ON CONFLICT DO NOTHING`)
      },
      of: (user, after, limit) => {
        const [at, id] = after === undefined ? [null, null] : [DateTime.toDate(after.at), after.id]
        return Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT ${columns} FROM api_access
                WHERE user_id = ${user} AND (${id}::uuid IS NULL OR (at, id) > (${at}::timestamptz, ${id}::uuid))
                ORDER BY at, id LIMIT ${limit}`,
              decode
            )
          ),
          (rows) => rows.map(toEntry)
        )
      },
      forgetOf: (user) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM api_access WHERE user_id = ${user} AND (at, id) IN (
                SELECT at, id FROM api_access WHERE user_id = ${user} ORDER BY at LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        ),
      prepareDays: (first, days) =>
        Effect.map(
          Effect.forEach(
            Array.from({ length: days }, (_, n) => DateTime.add(first, { days: n })),
            makeDay
          ),
          (made) => made.reduce<number>((sum, one) => sum + one, 0)
        ),
      dropDays: (before) =>
        Effect.map(
          bounded(sql<{ dropped: number }>`SELECT api_access_drop_days(${DateTime.toDate(before)}) AS dropped`),
          ([row]) => row?.dropped ?? 0
        )
    })
  })
)
