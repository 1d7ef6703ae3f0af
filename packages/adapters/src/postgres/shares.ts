import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { UserId } from "@veza/domain/kernel"
import { type Share, ShareId, Shares, TrackId } from "@veza/domain/tracks"
import { bounded, Database } from "./client.ts"

export const ShareRow = Schema.Struct({
  id: ShareId,
  trackId: TrackId,
  createdBy: UserId,
  digest: Schema.Uint8Array,
  permission: Schema.Literals(["stream", "download"]),
  expiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Schema.DateTimeUtcFromDate
})
/** The columns of a share link under the names the domain gives them. */
export const shareColumns =
  'id, track_id AS "trackId", created_by AS "createdBy", digest, permission, expires_at AS "expiresAt", created_at AS "createdAt"'
const decode = Schema.decodeUnknownEffect(ShareRow)

const first = ([row]: ReadonlyArray<unknown>): Effect.Effect<Option.Option<Share>, Schema.SchemaError> =>
  row === undefined
    ? Effect.succeedNone
    : Effect.map(decode(row), (share) => Option.some({ ...share, expiresAt: share.expiresAt ?? undefined }))

export const sharesPostgres = Layer.effect(
  Shares,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(shareColumns)
    return Shares.of({
      add: (share) =>
        bounded(sql`
          INSERT INTO track_shares (id, track_id, created_by, digest, permission, expires_at, created_at)
          VALUES (${share.id}, ${share.trackId}, ${share.createdBy}, ${share.digest}, ${share.permission},
            ${share.expiresAt === undefined ? null : DateTime.toDate(share.expiresAt)}, ${DateTime.toDate(share.createdAt)})`),
      living: (digest, at) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM track_shares WHERE digest = ${digest} AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > ${DateTime.toDate(at)})`,
            first
          )
        ),
      byId: (id) => bounded(Effect.flatMap(sql`SELECT ${columns} FROM track_shares WHERE id = ${id}`, first)),
      revoke: (id, at) =>
        bounded(
          sql`UPDATE track_shares SET revoked_at = ${DateTime.toDate(at)} WHERE id = ${id} AND revoked_at IS NULL`
        )
    })
  })
)
