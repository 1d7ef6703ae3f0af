import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { Changes, followedCache, UserId } from "@veza/domain/kernel"
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

/** Under which changes of share links are announced, by the hexadecimal digits of their digests. */
export const sharesTopic = "track_shares"
/** Milliseconds for which a link is believed without news from the database (05-decisions, "Followed values"). */
const trustFor = 1000
const sharesKept = 10_000

const keyOf = (digest: Uint8Array): string => Buffer.from(digest).toString("hex")
const livesAt =
  (at: DateTime.Utc) =>
  ({ expiresAt }: Share): boolean =>
    expiresAt === undefined || DateTime.isGreaterThan(expiresAt, at)

const first = ([row]: ReadonlyArray<unknown>): Effect.Effect<Option.Option<Share>, Schema.SchemaError> =>
  row === undefined
    ? Effect.succeedNone
    : Effect.map(decode(row), (share) => Option.some({ ...share, expiresAt: share.expiresAt ?? undefined }))

export const sharesPostgres = Layer.effect(
  Shares,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const changes = yield* Changes
    const columns = sql.literal(shareColumns)
    const announced = (digest: Uint8Array) => changes.announce(sharesTopic, keyOf(digest))
    // Whoever listens over a link shows it with every segment.
    const unrevoked = yield* followedCache({
      topic: sharesTopic,
      capacity: sharesKept,
      trustFor,
      load: (key: string) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM track_shares WHERE digest = ${Buffer.from(key, "hex")} AND revoked_at IS NULL`,
            first
          )
        )
    })
    return Shares.of({
      add: Effect.fnUntraced(function* (share) {
        yield* bounded(sql`
          INSERT INTO track_shares (id, track_id, created_by, digest, permission, expires_at, created_at)
          VALUES (${share.id}, ${share.trackId}, ${share.createdBy}, ${share.digest}, ${share.permission},
            ${share.expiresAt === undefined ? null : DateTime.toDate(share.expiresAt)}, ${DateTime.toDate(share.createdAt)})`)
        yield* announced(share.digest)
      }),
      living: (digest, at) => Effect.map(unrevoked.get(keyOf(digest)), Option.filter(livesAt(at))),
      byId: (id) => bounded(Effect.flatMap(sql`SELECT ${columns} FROM track_shares WHERE id = ${id}`, first)),
      revoke: Effect.fnUntraced(function* (id, at) {
        const [revoked] = yield* bounded(sql<{ digest: Uint8Array }>`
          UPDATE track_shares SET revoked_at = ${DateTime.toDate(at)} WHERE id = ${id} AND revoked_at IS NULL
          RETURNING digest`)
        if (revoked !== undefined) yield* announced(revoked.digest)
      })
    })
  })
)
