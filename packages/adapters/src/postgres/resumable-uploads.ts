import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import {
  type ResumableUpload,
  ResumableUploads,
  TrackId,
  TrackMetadata,
  uploadHold,
  UploadId,
  uploadMachine,
  UploadState
} from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

const UploadRow = Schema.Struct({
  id: UploadId,
  userId: UserId,
  fileName: Schema.String,
  metadata: TrackMetadata,
  presented: Schema.String,
  length: Schema.Int,
  received: Schema.Int,
  state: UploadState,
  trackId: Schema.NullOr(TrackId),
  expiresAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(Schema.Array(UploadRow))
const first = (rows: ReadonlyArray<unknown>): Effect.Effect<Option.Option<ResumableUpload>, Schema.SchemaError> =>
  Effect.map(decode(rows), ([found]) => Option.fromNullishOr(found))
const some = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

const columns = `id, user_id AS "userId", file_name AS "fileName", metadata, presented, length::float8 AS length,
  received::float8 AS received, state, track_id AS "trackId", expires_at AS "expiresAt"`

/** While it may still be accepted. */
const open = uploadMachine.before("refused")

export const resumableUploadsPostgres = Layer.effect(
  ResumableUploads,
  Effect.map(Database, ({ sql }) => {
    const all = sql.literal(columns)
    const isOpen = sql.in("state", open)
    const now = Effect.map(DateTime.now, DateTime.toDate)
    const holdEnd = Effect.map(DateTime.now, (at) => DateTime.toDate(DateTime.add(at, uploadHold)))
    return ResumableUploads.of({
      /** The lock on the owner's row makes those who begin at the same time count one after the other. */
      create: Effect.fnUntraced(function* (upload, limit) {
        const owners = yield* bounded(
          sql`SELECT 1 FROM users WHERE id = ${upload.userId} AND deleted_at IS NULL FOR NO KEY UPDATE`
        )
        if (!some(owners)) return false
        const created = yield* bounded(sql`
          INSERT INTO uploads (id, user_id, kind, state, file_name, metadata, presented, length, expires_at)
          SELECT ${upload.id}::uuid, ${upload.userId}::uuid, 'resumable', 'uploading', ${upload.fileName}::text,
            ${JSON.stringify(upload.metadata)}::jsonb, ${upload.presented}::text, ${upload.length}::float8::bigint,
            ${DateTime.toDate(upload.expiresAt)}::timestamptz
          WHERE (SELECT count(*) FROM uploads WHERE user_id = ${upload.userId} AND kind = 'resumable' AND ${isOpen})
            < ${limit}::int
          RETURNING 1`)
        return some(created)
      }),
      byId: (id) =>
        bounded(Effect.flatMap(sql`SELECT ${all} FROM uploads WHERE id = ${id} AND kind = 'resumable'`, first)),
      hold: Effect.fnUntraced(function* (id, holder) {
        const rows = yield* bounded(sql<{ takenOver: boolean }>`
          WITH free AS (
            SELECT id AS free_id, holder IS NOT NULL AS taken_over FROM uploads
            WHERE id = ${id} AND kind = 'resumable' AND ${isOpen} AND (holder IS NULL OR held_until <= ${yield* now})
            FOR UPDATE)
          UPDATE uploads SET holder = ${holder}, held_until = ${yield* holdEnd} FROM free WHERE id = free_id
          RETURNING ${all}, taken_over AS "takenOver"`)
        const upload = yield* bounded(first(rows))
        return Option.map(upload, (found) => ({ upload: found, takenOver: rows[0]?.takenOver === true }))
      }),
      keep: Effect.fnUntraced(function* (id, holder, received) {
        const rows = yield* bounded(sql`
          UPDATE uploads SET held_until = ${yield* holdEnd},
            received = coalesce(${received ?? null}::float8::bigint, received)
          WHERE id = ${id} AND holder = ${holder} AND ${isOpen} RETURNING 1`)
        return some(rows)
      }),
      release: (id, holder) =>
        bounded(sql`UPDATE uploads SET holder = NULL, held_until = NULL WHERE id = ${id} AND holder = ${holder}`),
      arrived: Effect.fnUntraced(function* (limit) {
        const rows = yield* bounded(sql<{ id: string }>`
          SELECT id FROM uploads
          WHERE kind = 'resumable' AND received = length AND state IN ('uploading', 'scanning')
            AND (holder IS NULL OR held_until <= ${yield* now}) AND expires_at > ${yield* now}
          ORDER BY created_at LIMIT ${limit}`)
        return rows.map(({ id }) => UploadId.make(id))
      }),
      of: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${all} FROM uploads
              WHERE user_id = ${owner} AND kind = 'resumable'
                AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            decode
          )
        )
    })
  })
)
