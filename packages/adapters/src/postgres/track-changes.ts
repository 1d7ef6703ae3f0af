import { DateTime, Effect, Layer, Schema } from "effect"
import { ChangeMaker, type HistorySort, type RecordedChange, TrackChanges, TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { keysetPages } from "./keyset-page.ts"

const Row = Schema.Struct({
  id: Schema.String,
  trackId: TrackId,
  at: Schema.DateTimeUtcFromDate,
  type: Schema.String,
  madeBy: ChangeMaker,
  fields: Schema.Array(Schema.String),
  isPublic: Schema.NullOr(Schema.Boolean)
})
const decode = Schema.decodeUnknownEffect(Row)
const toChange = (row: unknown): Effect.Effect<RecordedChange, Schema.SchemaError> =>
  Effect.map(decode(row), ({ isPublic, ...change }) => ({ ...change, isPublic: isPublic ?? undefined }))

const columns = 'id, track_id AS "trackId", at, type, made_by AS "madeBy", fields, is_public AS "isPublic"'

export const trackChangesPostgres = Layer.effect(
  TrackChanges,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const pageOf = yield* keysetPages<RecordedChange, HistorySort>({
      table: "track_changes",
      columns,
      sorts: { at: { column: "at", type: "timestamptz", of: ({ at }) => DateTime.formatIso(at) } },
      idOf: ({ id }) => id,
      decode: toChange
    })
    return TrackChanges.of({
      add: (change) =>
        bounded(sql`
          INSERT INTO track_changes (id, track_id, at, type, made_by, fields, is_public)
          SELECT ${change.id}::uuid, id, ${DateTime.toDate(change.at)}::timestamptz, ${change.type}::text,
            ${change.madeBy}::text, ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(change.fields)}::jsonb)),
            ${change.isPublic ?? null}::boolean
          FROM tracks WHERE id = ${change.trackId} FOR KEY SHARE
          ON CONFLICT DO NOTHING`),
      list: (track, plan) => pageOf([sql`track_id = ${track}`], plan),
      of: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${sql.literal(columns)} FROM track_changes
              WHERE track_id IN (SELECT id FROM tracks WHERE user_id = ${owner})
                AND (${after?.id ?? null}::uuid IS NULL OR (track_id, at, id) >
                  (${after?.trackId ?? null}::uuid, ${after === undefined ? null : DateTime.toDate(after.at)}::timestamptz,
                   ${after?.id ?? null}::uuid))
              ORDER BY track_id, at, id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, toChange)
          )
        )
    })
  })
)
