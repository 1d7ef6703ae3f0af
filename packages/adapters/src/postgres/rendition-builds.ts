import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Changes } from "@veza/domain/kernel"
import { BuildId, buildsTopic, RenditionBuilds, TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { tracksTopic } from "./tracks.ts"

const decodeClaimed = Schema.decodeUnknownEffect(
  Schema.Struct({ trackId: TrackId, build: BuildId, attempts: Schema.Int })
)
const decodeUsed = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ build: BuildId })))
const decodePage = Schema.decodeUnknownEffect(
  Schema.Tuple([Schema.Struct({ added: Schema.Int, last: Schema.NullOr(TrackId) })])
)

export const renditionBuildsPostgres = Layer.effect(
  RenditionBuilds,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const announced = changes.announce(buildsTopic, undefined)
    return RenditionBuilds.of({
      want: Effect.fnUntraced(function* (track, at) {
        const added = yield* bounded(sql`
          INSERT INTO rendition_builds (track_id, due_at)
          SELECT id, ${DateTime.toDate(at)} FROM tracks WHERE id = ${track} AND status = 'ready' AND hls IS NULL
          ON CONFLICT DO NOTHING RETURNING 1`)
        if (added.length > 0) yield* announced
      }),
      wantMissing: Effect.fnUntraced(function* (after, at, limit) {
        const [{ added, last }] = yield* bounded(
          Effect.flatMap(
            sql`
              WITH page AS (
                SELECT id FROM tracks
                WHERE (${after ?? null}::uuid IS NULL OR id > ${after ?? null}::uuid) AND status = 'ready' AND hls IS NULL
                ORDER BY id LIMIT ${limit}),
              added AS (
                INSERT INTO rendition_builds (track_id, due_at)
                SELECT id, ${DateTime.toDate(at)}::timestamptz FROM page ON CONFLICT DO NOTHING RETURNING 1)
              SELECT (SELECT count(*) FROM added)::int AS added,
                (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last`,
            decodePage
          )
        )
        if (added > 0) yield* announced
        return { added, last: last ?? undefined }
      }),
      wantFailed: Effect.fnUntraced(function* (at) {
        const count = yield* inBatches(
          Effect.map(
            bounded(sql`
              UPDATE rendition_builds SET failed_at = NULL, attempts = 0, due_at = ${DateTime.toDate(at)}
              WHERE track_id IN (
                SELECT track_id FROM rendition_builds WHERE failed_at IS NOT NULL LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
        if (count > 0) yield* announced
        return count
      }),
      claim: (build, at, until) =>
        bounded(
          Effect.flatMap(
            sql`
              UPDATE rendition_builds SET attempts = attempts + 1, build = ${build},
                held_until = ${DateTime.toDate(until)}
              WHERE track_id = (
                SELECT track_id FROM rendition_builds
                WHERE failed_at IS NULL AND due_at <= ${DateTime.toDate(at)}
                  AND (held_until IS NULL OR held_until <= ${DateTime.toDate(at)})
                ORDER BY due_at, track_id LIMIT 1 FOR UPDATE SKIP LOCKED)
              RETURNING track_id AS "trackId", build, attempts`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.map(decodeClaimed(row), Option.some))
          )
        ),
      hold: ({ trackId, build }, until) =>
        Effect.map(
          bounded(sql`
            UPDATE rendition_builds SET held_until = ${DateTime.toDate(until)}
            WHERE track_id = ${trackId} AND build = ${build} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      finish: Effect.fnUntraced(function* ({ trackId, build }, set) {
        const finished = yield* bounded(sql`
          WITH done AS (DELETE FROM rendition_builds WHERE track_id = ${trackId} AND build = ${build} RETURNING track_id)
          UPDATE tracks SET hls = ${JSON.stringify(set)}::jsonb
          FROM done WHERE id = done.track_id AND status = 'ready' RETURNING 1`)
        if (finished.length === 0) return false
        yield* changes.announce(tracksTopic, trackId)
        return true
      }),
      retryAt: ({ trackId, build }, at, error) =>
        bounded(sql`
          UPDATE rendition_builds
          SET build = NULL, held_until = NULL, due_at = ${DateTime.toDate(at)}, last_error = ${error}
          WHERE track_id = ${trackId} AND build = ${build}`),
      giveUp: ({ trackId, build }, at, error) =>
        bounded(sql`
          UPDATE rendition_builds
          SET build = NULL, held_until = NULL, failed_at = ${DateTime.toDate(at)}, last_error = ${error}
          WHERE track_id = ${trackId} AND build = ${build}`),
      release: Effect.fnUntraced(function* ({ trackId, build }, at) {
        yield* bounded(sql`
          UPDATE rendition_builds
          SET build = NULL, held_until = NULL, due_at = ${DateTime.toDate(at)}, attempts = attempts - 1
          WHERE track_id = ${trackId} AND build = ${build}`)
        yield* announced
      }),
      inUse: (sets, at) => {
        if (sets.length === 0) return Effect.succeed(new Set())
        const tracks = sql.in(sets.map(({ trackId }) => trackId))
        return Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                SELECT (hls ->> 'build')::uuid AS build FROM tracks
                WHERE id IN ${tracks} AND status = 'ready' AND hls IS NOT NULL
                UNION ALL
                SELECT build FROM rendition_builds
                WHERE track_id IN ${tracks} AND build IS NOT NULL AND held_until > ${DateTime.toDate(at)}`,
              decodeUsed
            )
          ),
          (rows) => new Set(rows.map(({ build }) => build))
        )
      }
    })
  })
)
