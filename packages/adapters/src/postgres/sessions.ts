import { DateTime, Effect, Layer, Schema } from "effect"
import { Sessions } from "@veza/domain/accounts"
import { SessionId, UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

/** The columns of a session under the names the domain gives them. */
export const sessionColumns = `s.id, s.user_id AS "userId", s.ip, s.user_agent AS "userAgent",
  s.created_at AS "createdAt", s.expires_at AS "expiresAt", s.lifetime, s.last_used_at AS "lastUsedAt",
  s.authenticated_at AS "authenticatedAt", s.second_factor_at AS "secondFactorAt"`

export const SessionRow = Schema.Struct({
  id: SessionId,
  userId: UserId,
  ip: Schema.String,
  userAgent: Schema.String,
  createdAt: Schema.DateTimeUtcFromDate,
  expiresAt: Schema.DateTimeUtcFromDate,
  lifetime: Schema.Int,
  lastUsedAt: Schema.DateTimeUtcFromDate,
  authenticatedAt: Schema.DateTimeUtcFromDate,
  secondFactorAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
const decode = Schema.decodeUnknownEffect(Schema.Array(SessionRow))

/** Nobody is signed in on more devices than this; the rest is not shown. */
const shown = 200

export const sessionsPostgres = Layer.effect(
  Sessions,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(sessionColumns)
    const count = (rows: ReadonlyArray<unknown>) => rows.length
    return Sessions.of({
      add: (session) =>
        bounded(sql`
          INSERT INTO sessions (id, user_id, ip, user_agent, created_at, expires_at, lifetime, last_used_at,
            authenticated_at, second_factor_at)
          VALUES (${session.id}, ${session.userId}, ${session.ip}, ${session.userAgent},
            ${DateTime.toDate(session.createdAt)}, ${DateTime.toDate(session.expiresAt)}, ${session.lifetime},
            ${DateTime.toDate(session.createdAt)}, ${DateTime.toDate(session.authenticatedAt)},
            ${session.secondFactorAt === null ? null : DateTime.toDate(session.secondFactorAt)})`),
      revoke: (id, userId, reason, at) =>
        Effect.map(
          bounded(sql`
            UPDATE sessions SET revoked_at = ${DateTime.toDate(at)}, revoked_reason = ${reason}
            WHERE id = ${id} AND user_id = ${userId} AND revoked_at IS NULL RETURNING 1`),
          (rows) => rows.length > 0
        ),
      revokeAll: (userId, reason, at, except) =>
        Effect.map(
          bounded(sql`
            UPDATE sessions SET revoked_at = ${DateTime.toDate(at)}, revoked_reason = ${reason}
            WHERE user_id = ${userId} AND revoked_at IS NULL AND id IS DISTINCT FROM ${except ?? null}::uuid RETURNING 1`),
          count
        ),
      living: (userId, at) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM sessions s
              WHERE s.user_id = ${userId} AND s.revoked_at IS NULL AND s.expires_at > ${DateTime.toDate(at)}
              ORDER BY s.last_used_at DESC, s.id LIMIT ${shown}`,
            (rows) => decode(rows)
          )
        ),
      extend: (id, expiresAt) =>
        bounded(sql`
          UPDATE sessions SET expires_at = ${DateTime.toDate(expiresAt)}
          WHERE id = ${id} AND revoked_at IS NULL AND expires_at < ${DateTime.toDate(expiresAt)}`),
      markUsed: (id, at) => bounded(sql`UPDATE sessions SET last_used_at = ${DateTime.toDate(at)} WHERE id = ${id}`),
      stamp: (id, at, withSecondFactor) =>
        bounded(sql`
          UPDATE sessions SET authenticated_at = ${DateTime.toDate(at)},
            second_factor_at = CASE WHEN ${withSecondFactor} THEN ${DateTime.toDate(at)} ELSE second_factor_at END
          WHERE id = ${id} AND revoked_at IS NULL`),
      count: (at) =>
        Effect.map(
          bounded(sql<{ count: number }>`
            SELECT count(*)::int AS count FROM sessions
            WHERE revoked_at IS NULL AND expires_at > ${DateTime.toDate(at)}`),
          ([row]) => row?.count ?? 0
        ),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM sessions WHERE id IN (
                SELECT id FROM sessions WHERE expires_at < ${DateTime.toDate(before)}
                  OR revoked_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            count
          )
        )
    })
  })
)
