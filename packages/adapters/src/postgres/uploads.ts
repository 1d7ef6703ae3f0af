import { DateTime, Effect, Layer } from "effect"
import { UploadId, uploadMachine, Uploads } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

export const uploadsPostgres = Layer.effect(
  Uploads,
  Effect.map(Database, ({ sql }) =>
    Uploads.of({
      begin: (lease) =>
        bounded(sql`
          INSERT INTO uploads (id, user_id, state, expires_at)
          SELECT ${lease.id}::uuid, id, 'uploading', ${DateTime.toDate(lease.expiresAt)}::timestamptz
          FROM users WHERE id = ${lease.userId} AND deleted_at IS NULL FOR SHARE`),
      moveTo: (id, to) =>
        Effect.map(
          bounded(sql`
            UPDATE uploads SET state = ${to}
            WHERE id = ${id} AND ${sql.in("state", uploadMachine.before(to))} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      end: (id) => bounded(sql`DELETE FROM uploads WHERE id = ${id}`),
      expired: (at, limit) =>
        Effect.map(
          bounded(sql<{ id: string }>`
            SELECT id FROM uploads WHERE expires_at <= ${DateTime.toDate(at)} ORDER BY expires_at LIMIT ${limit}`),
          (rows) => rows.map(({ id }) => UploadId.make(id))
        ),
      leased: (ids) =>
        Effect.map(
          bounded(
            sql<{ id: string }>`SELECT id FROM uploads WHERE id = ANY(string_to_array(${ids.join(",")}, ',')::uuid[])`
          ),
          (rows) => new Set(rows.map(({ id }) => UploadId.make(id)))
        )
    })
  )
)
