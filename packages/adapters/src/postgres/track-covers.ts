import { DateTime, Effect, Layer, Option } from "effect"
import { Changes } from "@veza/domain/kernel"
import { TrackCovers, type TrackId, TrackLoudness } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { tracksTopic } from "./tracks.ts"

export const trackCoversPostgres = Layer.effect(
  TrackCovers,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    /** Says so when a row really changed. */
    const announced =
      (id: TrackId) =>
      <A>(row: A | undefined) =>
        row === undefined ? Effect.succeedNone : Effect.as(changes.announce(tracksTopic, id), Option.some(row))
    return TrackCovers.of({
      set: (id, { storageKey, contentHash, changedAt }) =>
        bounded(sql<{ former: string | null }>`
          WITH before AS (SELECT id, cover_key FROM tracks WHERE id = ${id} FOR UPDATE)
          UPDATE tracks t SET cover_key = ${storageKey}, cover_hash = ${contentHash},
            cover_changed_at = ${DateTime.toDate(changedAt)}
          FROM before WHERE t.id = before.id RETURNING before.cover_key AS former`).pipe(
          Effect.flatMap(([row]) => announced(id)(row)),
          Effect.map(Option.map(({ former }) => ({ former: Option.fromNullishOr(former) })))
        ),
      setFirst: (id, { storageKey, contentHash, changedAt }) =>
        bounded(sql`
          UPDATE tracks SET cover_key = ${storageKey}, cover_hash = ${contentHash},
            cover_changed_at = ${DateTime.toDate(changedAt)}
          WHERE id = ${id} AND cover_key IS NULL RETURNING 1`).pipe(
          Effect.flatMap(([row]) => announced(id)(row)),
          Effect.map(Option.isSome)
        ),
      clear: (id) =>
        bounded(sql<{ former: string }>`
          WITH before AS (SELECT id, cover_key FROM tracks WHERE id = ${id} AND cover_key IS NOT NULL FOR UPDATE)
          UPDATE tracks t SET cover_key = NULL, cover_hash = NULL, cover_changed_at = NULL
          FROM before WHERE t.id = before.id RETURNING before.cover_key AS former`).pipe(
          Effect.flatMap(([row]) => announced(id)(row)),
          Effect.map(Option.map(({ former }) => former))
        )
    })
  })
)

export const trackLoudnessPostgres = Layer.effect(
  TrackLoudness,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    return TrackLoudness.of({
      record: (id, { integrated, range, truePeak }) =>
        Effect.flatMap(
          bounded(sql`
            UPDATE tracks SET integrated_lufs = ${integrated}, range_lu = ${range}, true_peak_dbtp = ${truePeak}
            WHERE id = ${id} RETURNING 1`),
          (rows) => (rows.length > 0 ? Effect.as(changes.announce(tracksTopic, id), true) : Effect.succeed(false))
        )
    })
  })
)
