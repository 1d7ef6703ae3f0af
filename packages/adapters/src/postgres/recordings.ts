import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import { type Recording, Recordings, Share } from "@veza/domain/distribution"
import { TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

const decodeCodes = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ trackId: TrackId, isrc: Schema.String })))
const decodeRecordings = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      trackId: TrackId,
      ownerId: UserId,
      isrc: Schema.String,
      title: Schema.String,
      assigned: Schema.Boolean,
      createdAt: Schema.DateTimeUtcFromDate
    })
  )
)
const decodeShares = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({ name: Schema.String, user_id: Schema.NullOr(UserId), share_bps: Share.fields.share_bps })
  )
)

export const recordingsPostgres = Layer.effect(
  Recordings,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const codes = (found: Effect.Effect<ReadonlyArray<unknown>, unknown>) =>
      bounded(Effect.flatMap(found, (rows) => decodeCodes(rows)))
    const isGone = sql.literal("NOT EXISTS (SELECT 1 FROM tracks t WHERE t.id = recordings.track_id)")
    return Recordings.of({
      ofTracks: (tracks) =>
        tracks.length === 0
          ? Effect.succeed(new Map())
          : Effect.map(
              codes(sql`SELECT track_id AS "trackId", isrc FROM recordings WHERE ${sql.in("track_id", tracks)}`),
              (rows) => new Map(rows.map(({ trackId, isrc }) => [trackId, isrc]))
            ),
      holdersOf: (isrcs, owner) =>
        isrcs.length === 0
          ? Effect.succeed(new Map())
          : Effect.map(
              codes(sql`
                SELECT track_id AS "trackId", isrc FROM recordings
                WHERE ${sql.in("isrc", isrcs)} AND NOT (owner_id = ${owner} AND ${isGone})`),
              (rows) => new Map(rows.map(({ trackId, isrc }) => [isrc, trackId]))
            ),
      isUpcTaken: (upc, except) =>
        Effect.map(
          bounded(sql`
            SELECT 1 FROM release_upcs WHERE upc = ${upc} AND release_id IS DISTINCT FROM ${except ?? null}::uuid`),
          (rows) => rows.length > 0
        ),
      livingUsers: (ids) =>
        ids.length === 0
          ? Effect.succeed(new Set())
          : Effect.map(
              bounded(sql<{ id: string }>`
                SELECT id FROM users WHERE ${sql.in("id", ids)} AND is_verified AND deleted_at IS NULL`),
              (rows) => new Set(rows.map(({ id }) => id))
            ),
      nextDesignation: (prefix, year) =>
        Effect.map(
          bounded(sql<{ last: number }>`
            INSERT INTO isrc_counters (prefix, year, last) VALUES (${prefix}, ${year}, 1)
            ON CONFLICT (prefix, year) DO UPDATE SET last = isrc_counters.last + 1 WHERE isrc_counters.last < 99999
            RETURNING last`),
          ([row]) => Option.fromNullishOr(row?.last)
        ),
      claim: Effect.fnUntraced(function* ({ trackId, ownerId, isrc, title, assigned, createdAt }: Recording) {
        // A code that is being made is for a recording that had none.
        const former = sql`NOT ${assigned}::boolean AND isrc = ${isrc} AND owner_id = ${ownerId} AND track_id <> ${trackId} AND ${isGone}
          AND NOT EXISTS (SELECT 1 FROM recordings o WHERE o.track_id = ${trackId})`
        yield* bounded(sql`
          DELETE FROM royalty_shares WHERE track_id = (SELECT track_id FROM recordings WHERE ${former} FOR UPDATE)`)
        yield* bounded(sql`UPDATE recordings SET track_id = ${trackId}, title = ${title} WHERE ${former}`)
        yield* bounded(sql`
          INSERT INTO recordings (track_id, owner_id, isrc, title, assigned, created_at)
          VALUES (${trackId}, ${ownerId}, ${isrc}, ${title}, ${assigned}, ${DateTime.toDate(createdAt)})
          ON CONFLICT DO NOTHING`)
        const [row] = yield* bounded(sql<{ isrc: string }>`SELECT isrc FROM recordings WHERE track_id = ${trackId}`)
        return Option.fromNullishOr(row?.isrc)
      }),
      markSold: (tracks, at) =>
        tracks.length === 0
          ? Effect.void
          : bounded(sql`
              UPDATE recordings SET sold_at = ${DateTime.toDate(at)}
              WHERE ${sql.in("track_id", tracks)} AND sold_at IS NULL`),
      setShares: Effect.fnUntraced(function* (track, shares) {
        yield* bounded(sql`SELECT 1 FROM recordings WHERE track_id = ${track} FOR UPDATE`)
        yield* bounded(sql`DELETE FROM royalty_shares WHERE track_id = ${track}`)
        const rows = JSON.stringify(shares.map((share, position) => ({ ...share, position })))
        yield* bounded(sql`
          INSERT INTO royalty_shares (track_id, position, name, user_id, share_bps)
          SELECT ${track}::uuid, position, name, user_id, share_bps FROM jsonb_to_recordset(${rows}::jsonb)
            AS share (position integer, name text, user_id uuid, share_bps integer)`)
      }),
      sharesOf: (track) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT name, user_id, share_bps FROM royalty_shares WHERE track_id = ${track} ORDER BY position`,
              (rows) => decodeShares(rows)
            )
          ),
          (shares) => shares.map(({ user_id, ...share }) => ({ ...share, ...(user_id === null ? {} : { user_id }) }))
        ),
      pageOfOwner: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT track_id AS "trackId", owner_id AS "ownerId", isrc, title, assigned, created_at AS "createdAt"
              FROM recordings WHERE owner_id = ${owner}
                AND (${after?.trackId ?? null}::uuid IS NULL OR track_id > ${after?.trackId ?? null}::uuid)
              ORDER BY track_id LIMIT ${limit}`,
            (rows) => decodeRecordings(rows)
          )
        ),
      forgetPerson: Effect.fnUntraced(function* (owner) {
        yield* bounded(sql`UPDATE recordings SET title = '' WHERE owner_id = ${owner}`)
        yield* bounded(sql`UPDATE royalty_shares SET name = '' WHERE user_id = ${owner}`)
      })
    })
  })
)
