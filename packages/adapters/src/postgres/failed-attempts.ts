import { DateTime, Effect, Layer, Schema } from "effect"
import { FailedAttempts } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ count: Schema.Int, lastAt: Schema.DateTimeUtcFromDate }))

export const failedAttemptsPostgres = Layer.effect(
  FailedAttempts,
  Effect.map(Database, ({ sql }) =>
    FailedAttempts.of({
      of: (key) =>
        bounded(
          Effect.flatMap(
            sql`SELECT failures AS count, last_at AS "lastAt" FROM failed_attempts WHERE key = ${key}`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(decode(row)))
          )
        ),
      replace: (key, seen, next) =>
        Effect.map(
          bounded(
            seen === undefined
              ? sql`INSERT INTO failed_attempts (key, failures, last_at)
                  VALUES (${key}, ${next.count}, ${DateTime.toDate(next.lastAt)}) ON CONFLICT DO NOTHING RETURNING 1`
              : sql`UPDATE failed_attempts SET failures = ${next.count}, last_at = ${DateTime.toDate(next.lastAt)}
                  WHERE key = ${key} AND failures = ${seen.count} AND last_at = ${DateTime.toDate(seen.lastAt)}
                  RETURNING 1`
          ),
          (rows) => rows.length > 0
        ),
      clear: (key) => bounded(sql`DELETE FROM failed_attempts WHERE key = ${key}`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM failed_attempts WHERE key IN (SELECT key FROM failed_attempts
              WHERE last_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  )
)
