import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { type ApiKeyRecord, CredentialErasure, CredentialRecords } from "@veza/domain/accounts"
import { apiKeyColumns, ApiKeyRow } from "./api-keys.ts"
import { bounded, Database } from "./client.ts"

const KeyRow = Schema.Struct({ ...ApiKeyRow.fields, revokedAt: Schema.NullOr(Schema.DateTimeUtcFromDate) })
const decodeKeys = Schema.decodeUnknownEffect(Schema.Array(KeyRow))
const toKey = ({ revokedAt, ...key }: typeof KeyRow.Type): ApiKeyRecord => ({
  ...key,
  revokedAt: revokedAt ?? undefined
})

const FactorRow = Schema.Struct({
  enabledAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  unusedBackupCodes: Schema.Int
})
const decodeFactor = Schema.decodeUnknownEffect(FactorRow)
const decodeChange = Schema.decodeUnknownEffect(
  Schema.Struct({ email: Schema.String, expiresAt: Schema.DateTimeUtcFromDate })
)

export const credentialErasurePostgres = Layer.effect(
  CredentialErasure,
  Effect.map(Database, ({ sql }) =>
    CredentialErasure.of({
      drop: Effect.fnUntraced(function* (id, at) {
        const now = DateTime.toDate(at)
        yield* bounded(sql`
          UPDATE api_keys SET revoked_at = ${now} WHERE user_id = ${id} AND (ends_at IS NULL OR ends_at > ${now})`)
        yield* bounded(sql`DELETE FROM second_factors WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM login_challenges WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM email_changes WHERE user_id = ${id}`)
        yield* bounded(sql`DELETE FROM oauth_identities WHERE user_id = ${id}`)
        yield* bounded(sql`
          DELETE FROM oauth_states WHERE session_id IN (SELECT id FROM sessions WHERE user_id = ${id})`)
      }),
      forgetKeys: (id) => bounded(sql`DELETE FROM api_keys WHERE user_id = ${id}`)
    })
  )
)

export const credentialRecordsPostgres = Layer.effect(
  CredentialRecords,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(apiKeyColumns)
    return CredentialRecords.of({
      apiKeys: (owner, after, limit) =>
        Effect.map(
          bounded(
            Effect.flatMap(
              sql`SELECT ${columns}, revoked_at AS "revokedAt" FROM api_keys
                WHERE user_id = ${owner} AND (${after?.id ?? null}::uuid IS NULL OR id > ${after?.id ?? null}::uuid)
                ORDER BY id LIMIT ${limit}`,
              decodeKeys
            )
          ),
          (rows) => rows.map(toKey)
        ),
      secondFactor: (owner) =>
        bounded(
          Effect.flatMap(
            sql`SELECT enabled_at AS "enabledAt", (
                SELECT count(*)::int FROM backup_codes c WHERE c.user_id = f.user_id AND c.used_at IS NULL
              ) AS "unusedBackupCodes"
              FROM second_factors f WHERE f.user_id = ${owner}`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(decodeFactor(row)))
          )
        ).pipe(
          Effect.map(Option.map(({ enabledAt, ...factor }) => ({ ...factor, enabledAt: enabledAt ?? undefined })))
        ),
      emailChange: (owner) =>
        bounded(
          Effect.flatMap(
            sql`SELECT email, expires_at AS "expiresAt" FROM email_changes WHERE user_id = ${owner}`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(decodeChange(row)))
          )
        )
    })
  })
)
