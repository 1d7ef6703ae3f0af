import { DateTime, Effect, Layer, Schema } from "effect"
import { SecondFactors } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ secret: Schema.Uint8Array, isEnabled: Schema.Boolean }))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const some = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

export const secondFactorsPostgres = Layer.effect(
  SecondFactors,
  Effect.map(Database, ({ sql }) =>
    SecondFactors.of({
      of: (userId) =>
        bounded(
          Effect.flatMap(
            sql`SELECT secret, enabled_at IS NOT NULL AS "isEnabled" FROM second_factors WHERE user_id = ${userId}`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(decode(row)))
          )
        ),
      propose: (userId, secret, at) =>
        Effect.map(
          bounded(sql`
            INSERT INTO second_factors (user_id, secret, created_at)
            VALUES (${userId}, ${secret}, ${DateTime.toDate(at)})
            ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
            WHERE second_factors.enabled_at IS NULL RETURNING 1`),
          some
        ),
      enable: (userId, secret, step, at) =>
        Effect.map(
          bounded(sql`
            UPDATE second_factors SET enabled_at = ${DateTime.toDate(at)}, last_step = ${step}
            WHERE user_id = ${userId} AND enabled_at IS NULL AND secret = ${secret} RETURNING 1`),
          some
        ),
      useStep: (userId, step) =>
        Effect.map(
          bounded(sql`
            UPDATE second_factors SET last_step = ${step}
            WHERE user_id = ${userId} AND enabled_at IS NOT NULL AND last_step < ${step} RETURNING 1`),
          some
        ),
      useBackupCode: (userId, digest, at) =>
        Effect.map(
          bounded(sql`
            UPDATE backup_codes SET used_at = ${DateTime.toDate(at)}
            WHERE user_id = ${userId} AND digest = ${digest} AND used_at IS NULL RETURNING 1`),
          some
        ),
      replaceBackupCodes: (userId, digests) =>
        Effect.andThen(
          bounded(sql`DELETE FROM backup_codes WHERE user_id = ${userId}`),
          bounded(sql`
            INSERT INTO backup_codes (user_id, digest) SELECT ${userId}::uuid, decode(code, 'hex')
            FROM jsonb_array_elements_text(${JSON.stringify(digests.map(hex))}::jsonb) AS code`)
        ),
      remove: (userId) =>
        Effect.andThen(
          bounded(sql`UPDATE sessions SET second_factor_at = NULL
            WHERE user_id = ${userId} AND second_factor_at IS NOT NULL`),
          Effect.map(
            bounded(sql`DELETE FROM second_factors WHERE user_id = ${userId} AND enabled_at IS NOT NULL RETURNING 1`),
            some
          )
        )
    })
  )
)
