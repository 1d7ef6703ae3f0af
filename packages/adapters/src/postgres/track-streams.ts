import { DateTime, Effect, Layer, Schema } from "effect"
import { TrackStreams } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

const Row = Schema.Struct({
  status: Schema.Literals(["ready", "failed"]),
  manifestUrl: Schema.NullOr(Schema.String),
  durationMs: Schema.NullOr(Schema.Int),
  error: Schema.NullOr(Schema.String)
})
const decode = Schema.decodeUnknownEffect(Row)

export const trackStreamsPostgres = Layer.effect(
  TrackStreams,
  Effect.map(Database, ({ sql }) =>
    TrackStreams.of({
      report: (track, { status, manifestUrl, durationMs, error }, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO track_streams AS s (track_id, status, manifest_url, duration_ms, error, reported_at)
            SELECT id, ${status}, ${manifestUrl}::text, ${durationMs}::integer, ${error}::text, ${DateTime.toDate(at)}
            FROM tracks WHERE id = ${track}
            ON CONFLICT (track_id) DO UPDATE SET status = excluded.status, manifest_url = excluded.manifest_url,
              duration_ms = excluded.duration_ms, error = excluded.error, reported_at = excluded.reported_at
            WHERE (s.status, s.manifest_url, s.duration_ms, s.error)
              IS DISTINCT FROM (excluded.status, excluded.manifest_url, excluded.duration_ms, excluded.error)
            RETURNING 1`),
          (rows) => rows.length > 0
        ),
      of: (track) =>
        Effect.flatMap(
          bounded(sql`
            SELECT status, manifest_url AS "manifestUrl", duration_ms AS "durationMs", error FROM track_streams
            WHERE track_id = ${track}`),
          ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(Effect.orDie(decode(row))))
        )
    })
  )
)
