import { Effect, Layer, Schema } from "effect"
import { type ShareRecord, TrackId, TrackRecords } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"
import { shareColumns, ShareRow } from "./shares.ts"
import { toTrack, trackColumns } from "./track-row.ts"

const LikeRow = Schema.Struct({ trackId: TrackId, title: Schema.String, likedAt: Schema.DateTimeUtcFromDate })
const decodeLikes = Schema.decodeUnknownEffect(Schema.Array(LikeRow))

const RevocableRow = Schema.Struct({ ...ShareRow.fields, revokedAt: Schema.NullOr(Schema.DateTimeUtcFromDate) })
const decodeShares = Schema.decodeUnknownEffect(Schema.Array(RevocableRow))

const toShare = ({ expiresAt, revokedAt, ...share }: typeof RevocableRow.Type): ShareRecord => ({
  ...share,
  expiresAt: expiresAt ?? undefined,
  revokedAt: revokedAt ?? undefined
})

export const trackRecordsPostgres = Layer.effect(
  TrackRecords,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(trackColumns)
    const columnsOfShares = sql.literal(shareColumns)
    return TrackRecords.of({
      tracks: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM tracks
              WHERE user_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
              ORDER BY id LIMIT ${limit}`,
            (rows) => Effect.forEach(rows, toTrack)
          )
        ),
      likes: (owner, after, limit) =>
        bounded(
          Effect.flatMap(
            sql`SELECT l.track_id AS "trackId", t.title, l.created_at AS "likedAt"
              FROM track_likes l JOIN tracks t ON t.id = l.track_id
              WHERE l.user_id = ${owner}
                AND (${after?.trackId ?? null}::uuid IS NULL OR l.track_id > ${after?.trackId ?? null}::uuid)
              ORDER BY l.track_id LIMIT ${limit}`,
            decodeLikes
          )
        ),
      shares: (owner, after, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT ${columnsOfShares}, revoked_at AS "revokedAt" FROM track_shares
                WHERE created_by = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
                ORDER BY id LIMIT ${limit}`,
              decodeShares
            )
          ),
          (rows) => rows.map(toShare)
        )
    })
  })
)
