import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { IdempotencyKeys, type IdempotencyScope } from "@veza/domain/platform"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const Row = Schema.Struct({ fingerprint: Schema.NullOr(Schema.String), answer: Schema.NullOr(Schema.Uint8Array) })
const decode = Schema.decodeUnknownEffect(Row)

export const idempotencyKeysPostgres = Layer.effect(
  IdempotencyKeys,
  Effect.map(Database, ({ sql }) => {
    const isHeld = ({ userId, route, key }: IdempotencyScope, attempt: string) =>
      sql`user_id = ${userId} AND route = ${route} AND key = ${key} AND attempt = ${attempt} AND answer IS NULL`

    const find = Effect.fnUntraced(function* ({ userId, route, key }: IdempotencyScope) {
      const [row] = yield* sql`
        SELECT fingerprint, answer FROM idempotency_keys
        WHERE user_id = ${userId} AND route = ${route} AND key = ${key}`
      // Gone since: whoever held it a moment ago has released it, and the caller comes again.
      if (row === undefined) return { fingerprint: undefined, answer: undefined }
      const { fingerprint, answer } = yield* decode(row)
      return { fingerprint: fingerprint ?? undefined, answer: answer ?? undefined }
    })

    return IdempotencyKeys.of({
      reserve: Effect.fnUntraced(function* (scope, wanted) {
        const at = DateTime.toDate(wanted.at)
        const taken = yield* bounded(sql`
          INSERT INTO idempotency_keys AS held (user_id, route, key, attempt, fingerprint, leased_until, expires_at)
          VALUES (${scope.userId}, ${scope.route}, ${scope.key}, ${wanted.attempt}, ${wanted.fingerprint ?? null},
            ${DateTime.toDate(wanted.leasedUntil)}, ${DateTime.toDate(wanted.expiresAt)})
          ON CONFLICT (user_id, route, key) DO UPDATE SET attempt = excluded.attempt,
            fingerprint = excluded.fingerprint, leased_until = excluded.leased_until, answer = NULL,
            expires_at = excluded.expires_at
          WHERE held.expires_at <= ${at} OR (held.answer IS NULL AND held.leased_until <= ${at}
            AND coalesce(held.fingerprint = excluded.fingerprint, true))
          RETURNING 1`)
        return taken.length > 0 ? Option.none() : Option.some(yield* bounded(find(scope)))
      }),
      renew: (scope, attempt, leasedUntil) =>
        bounded(sql`
          UPDATE idempotency_keys SET leased_until = ${DateTime.toDate(leasedUntil)} WHERE ${isHeld(scope, attempt)}`),
      complete: (scope, attempt, kept) =>
        Effect.map(
          bounded(sql`
            UPDATE idempotency_keys SET fingerprint = ${kept.fingerprint}, answer = ${kept.answer},
              expires_at = ${DateTime.toDate(kept.expiresAt)}
            WHERE ${isHeld(scope, attempt)} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      release: (scope, attempt) => bounded(sql`DELETE FROM idempotency_keys WHERE ${isHeld(scope, attempt)}`),
      forgetOf: (userId) => bounded(sql`DELETE FROM idempotency_keys WHERE user_id = ${userId}`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              DELETE FROM idempotency_keys WHERE (user_id, route, key) IN (
                SELECT user_id, route, key FROM idempotency_keys
                WHERE expires_at < ${DateTime.toDate(before)} LIMIT ${batchSize})
              AND expires_at < ${DateTime.toDate(before)} RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
