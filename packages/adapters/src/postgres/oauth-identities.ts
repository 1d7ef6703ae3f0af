import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { OAuthIdentities, type OAuthIdentity, OAuthProvider, type TokenChange } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"

const Row = Schema.Struct({
  id: Schema.String,
  userId: UserId,
  provider: OAuthProvider,
  providerUserId: Schema.String,
  email: Schema.NullOr(Schema.String),
  isVouched: Schema.Boolean,
  createdAt: Schema.DateTimeUtcFromDate,
  lastUsedAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))
const identityOf = ({ email, ...identity }: typeof Row.Type): OAuthIdentity => ({
  ...identity,
  email: email ?? undefined
})

const TokenRow = Schema.Struct({
  id: Schema.String,
  provider: OAuthProvider,
  providerUserId: Schema.String,
  accessToken: Schema.NullOr(Schema.String),
  refreshToken: Schema.NullOr(Schema.String)
})
const decodeTokens = Schema.decodeUnknownEffect(Schema.Array(TokenRow))

const asRecord = ({ read, tokens }: TokenChange) => ({
  id: read.id,
  access: tokens.accessToken ?? null,
  refresh: tokens.refreshToken ?? null,
  old_access: read.accessToken ?? null,
  old_refresh: read.refreshToken ?? null
})

const columns = `id, user_id AS "userId", provider, provider_user_id AS "providerUserId", email,
  is_vouched AS "isVouched", created_at AS "createdAt", last_used_at AS "lastUsedAt"`
const begins = "00000000-0000-0000-0000-000000000000"

export const oauthIdentitiesPostgres = Layer.effect(
  OAuthIdentities,
  Effect.map(Database, ({ sql }) => {
    const columnList = sql.literal(columns)
    /** The account is locked, so that two ways in cannot both go as the second last. */
    const remove = Effect.fnUntraced(function* (userId: string, provider: string) {
      yield* sql`SELECT 1 FROM users WHERE id = ${userId} FOR UPDATE`
      const removed = yield* sql`
        DELETE FROM oauth_identities i WHERE user_id = ${userId} AND provider = ${provider} AND (
          EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id AND u.password_hash IS NOT NULL)
          OR EXISTS (SELECT 1 FROM oauth_identities o WHERE o.user_id = i.user_id AND o.id <> i.id))
        RETURNING 1`
      if (removed.length > 0) return "removed" as const
      const left = yield* sql`SELECT 1 FROM oauth_identities WHERE user_id = ${userId} AND provider = ${provider}`
      return left.length > 0 ? ("last" as const) : ("absent" as const)
    })
    const add: OAuthIdentities["Service"]["add"] = Effect.fnUntraced(function* (identity, tokens) {
      yield* bounded(sql`
        DELETE FROM oauth_identities i
        WHERE provider = ${identity.provider} AND provider_user_id = ${identity.providerUserId}
          AND EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id AND NOT u.is_verified)`)
      const added = yield* bounded(sql`
        INSERT INTO oauth_identities
          (id, user_id, provider, provider_user_id, email, is_vouched, access_token, refresh_token, created_at,
            last_used_at)
        VALUES (${identity.id}, ${identity.userId}, ${identity.provider}, ${identity.providerUserId},
          ${identity.email ?? null}, ${identity.isVouched}, ${tokens.accessToken ?? null}, ${tokens.refreshToken ?? null},
          ${DateTime.toDate(identity.createdAt)}, ${DateTime.toDate(identity.lastUsedAt)})
        ON CONFLICT DO NOTHING RETURNING 1`)
      return added.length > 0
    })
    return OAuthIdentities.of({
      find: (provider, providerUserId) =>
        bounded(
          sql`SELECT ${columnList} FROM oauth_identities
            WHERE provider = ${provider} AND provider_user_id = ${providerUserId}`.pipe(
            Effect.flatMap((rows) => decode(rows)),
            Effect.map(([row]) => Option.map(Option.fromNullishOr(row), identityOf))
          )
        ),
      of: (userId) =>
        bounded(
          sql`SELECT ${columnList} FROM oauth_identities WHERE user_id = ${userId} ORDER BY created_at, id`.pipe(
            Effect.flatMap((rows) => decode(rows)),
            Effect.map((rows) => rows.map(identityOf))
          )
        ),
      add,
      markUsed: (id, tokens, at) =>
        bounded(sql`
          UPDATE oauth_identities SET access_token = ${tokens.accessToken ?? null}::text,
            refresh_token = coalesce(${tokens.refreshToken ?? null}::text, refresh_token),
            last_used_at = ${DateTime.toDate(at)}
          WHERE id = ${id}`),
      remove: (userId, provider) => bounded(sql.withTransaction(remove(userId, provider))),
      removeUnvouched: (userId) =>
        Effect.map(
          bounded(sql<{ provider: OAuthProvider }>`
            DELETE FROM oauth_identities WHERE user_id = ${userId} AND NOT is_vouched RETURNING provider`),
          (rows) => rows.map(({ provider }) => provider)
        ),
      tokensAfter: (id, limit) =>
        bounded(
          sql`SELECT id, provider, provider_user_id AS "providerUserId", access_token AS "accessToken",
                refresh_token AS "refreshToken"
              FROM oauth_identities
              WHERE id > ${id ?? begins} AND (access_token IS NOT NULL OR refresh_token IS NOT NULL)
              ORDER BY id LIMIT ${limit}`.pipe(
            Effect.flatMap((rows) => decodeTokens(rows)),
            Effect.map((rows) =>
              rows.map(({ accessToken, refreshToken, ...row }) => ({
                ...row,
                accessToken: accessToken ?? undefined,
                refreshToken: refreshToken ?? undefined
              }))
            )
          )
        ),
      countWithTokens: Effect.map(
        bounded(sql<{ count: number }>`
          SELECT count(*)::int AS count FROM oauth_identities WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL`),
        ([row]) => row?.count ?? 0
      ),
      replaceTokens: (changes) =>
        Effect.map(
          bounded(sql`
            UPDATE oauth_identities i SET access_token = c.access, refresh_token = c.refresh
            FROM jsonb_to_recordset(${JSON.stringify(changes.map(asRecord))}::jsonb)
              AS c(id uuid, access text, refresh text, old_access text, old_refresh text)
            WHERE i.id = c.id AND i.access_token IS NOT DISTINCT FROM c.old_access
              AND i.refresh_token IS NOT DISTINCT FROM c.old_refresh
            RETURNING 1`),
          (rows) => rows.length
        )
    })
  })
)
