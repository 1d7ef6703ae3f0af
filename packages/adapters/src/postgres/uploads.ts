import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Track, UploadId, uploadMachine, Uploads } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

const { storageBackend: backend, storageKey: key } = Track.fields
const decodePlaces = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ storageBackend: backend, storageKey: key }))
)

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
      plan: (id, { storageBackend, storageKey }) =>
        bounded(
          Effect.flatMap(
            sql<{ places: unknown }>`
              UPDATE uploads
              SET places = places || ${JSON.stringify([{ storageBackend, storageKey }])}::jsonb
              WHERE id = ${id} AND ${sql.in("state", uploadMachine.before("accepted"))}
              RETURNING places - (-1) AS places`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(decodePlaces(row.places), Option.some))
          )
        ),
      accept: (id, track) =>
        Effect.map(
          bounded(sql`
            UPDATE uploads SET state = 'accepted', track_id = ${track.id}
            WHERE id = ${id} AND ${sql.in("state", uploadMachine.before("accepted"))}
              AND places -> -1 ->> 'storageKey' = ${track.storageKey} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      strays: (id) =>
        bounded(
          Effect.flatMap(
            sql<{ places: unknown }>`
              SELECT CASE state WHEN 'accepted' THEN places - (-1) ELSE places END AS places
              FROM uploads WHERE id = ${id} AND state IN ('accepted', 'refused')`,
            ([row]) => (row === undefined ? Effect.succeed([]) : decodePlaces(row.places))
          )
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
