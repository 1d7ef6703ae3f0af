import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { ApiKeys } from "@veza/domain/accounts"
import { ApiKeyId, KeyScope, UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

export const ApiKeyRow = Schema.Struct({
  id: ApiKeyId,
  userId: UserId,
  name: Schema.String,
  prefix: Schema.String,
  scopes: Schema.Array(KeyScope),
  createdAt: Schema.DateTimeUtcFromDate,
  lastUsedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  expiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  retiresAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
const decode = Schema.decodeUnknownEffect(Schema.Array(ApiKeyRow))

/** The columns of a key under the names the domain gives them. */
export const apiKeyColumns = `id, user_id AS "userId", name, prefix, scopes, created_at AS "createdAt",
  last_used_at AS "lastUsedAt", expires_at AS "expiresAt", retires_at AS "retiresAt"`

const dateOf = (at: DateTime.Utc | null): Date | null => (at === null ? null : DateTime.toDate(at))

export const apiKeysPostgres = Layer.effect(
  ApiKeys,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(apiKeyColumns)
    // What was revoked is dead also to whoever read the clock a moment before: of two who revoke at once one does.
    const lives = (at: DateTime.Utc) =>
      sql`(revoked_at IS NULL AND (ends_at IS NULL OR ends_at > ${DateTime.toDate(at)}::timestamptz))`
    return ApiKeys.of({
      add: (key, digest, limit) =>
        bounded(
          Effect.gen(function* () {
            // The user's row is the turnstile; the count comes after it, so that who waited sees who went before.
            yield* sql`SELECT 1 FROM users WHERE id = ${key.userId} FOR NO KEY UPDATE`
            const added = yield* sql`
              INSERT INTO api_keys (id, user_id, name, prefix, digest, scopes, created_at, expires_at)
              SELECT ${key.id}::uuid, ${key.userId}::uuid, ${key.name}::text, ${key.prefix}::text, ${digest}::bytea,
                ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(key.scopes)}::jsonb)),
                ${DateTime.toDate(key.createdAt)}::timestamptz, ${dateOf(key.expiresAt)}::timestamptz
              WHERE (SELECT count(*) FROM api_keys WHERE user_id = ${key.userId} AND ${lives(key.createdAt)})
                < ${limit}::int
              RETURNING 1`
            return added.length > 0
          })
        ),
      living: (userId, at) =>
        bounded(
          Effect.flatMap(
            sql`SELECT ${columns} FROM api_keys WHERE user_id = ${userId} AND ${lives(at)} ORDER BY created_at DESC, id`,
            (rows) => decode(rows)
          )
        ),
      revoke: (id, userId, at) =>
        Effect.map(
          bounded(sql`
            UPDATE api_keys SET revoked_at = ${DateTime.toDate(at)}
            WHERE id = ${id} AND user_id = ${userId} AND ${lives(at)} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      retire: (id, userId, retiresAt, at) => {
        const revokedAt = DateTime.isLessThanOrEqualTo(retiresAt, at) ? at : null
        return Effect.map(
          bounded(
            Effect.flatMap(
              sql`
                UPDATE api_keys
                SET retires_at = ${DateTime.toDate(retiresAt)}, revoked_at = ${dateOf(revokedAt)}::timestamptz
                WHERE id = ${id} AND user_id = ${userId} AND retires_at IS NULL AND ${lives(at)} RETURNING ${columns}`,
              (rows) => decode(rows)
            )
          ),
          ([row]) => Option.fromUndefinedOr(row)
        )
      },
      markUsed: (uses) => {
        const used = JSON.stringify(Array.from(uses, ([id, at]) => ({ id, at })))
        return bounded(sql`
          UPDATE api_keys k SET last_used_at = to_timestamp(u.at / 1000)
          FROM jsonb_to_recordset(${used}::jsonb) AS u (id uuid, at float8)
          WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < to_timestamp(u.at / 1000))`)
      },
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM api_keys WHERE id IN (
                SELECT id FROM api_keys WHERE ends_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
