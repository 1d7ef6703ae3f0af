import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { MailTokens } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const decodeOwner = Schema.decodeUnknownEffect(Schema.Struct({ userId: UserId }))

const ownerIn = ([row]: ReadonlyArray<unknown>): Effect.Effect<Option.Option<UserId>, Schema.SchemaError> =>
  row === undefined ? Effect.succeedNone : Effect.map(decodeOwner(row), ({ userId }) => Option.some(userId))

export const mailTokensPostgres = Layer.effect(
  MailTokens,
  Effect.map(Database, ({ sql }) =>
    MailTokens.of({
      add: (token) =>
        bounded(sql`
          INSERT INTO mail_tokens (digest, purpose, user_id, expires_at)
          VALUES (${token.digest}, ${token.purpose}, ${token.userId ?? null}::uuid, ${DateTime.toDate(token.expiresAt)})`),
      ownerOf: (digest, purpose, at) =>
        bounded(
          Effect.flatMap(
            sql`SELECT user_id AS "userId" FROM mail_tokens
              WHERE digest = ${digest} AND purpose = ${purpose} AND used_at IS NULL
                AND expires_at > ${DateTime.toDate(at)} AND user_id IS NOT NULL`,
            ownerIn
          )
        ),
      consume: (digest, purpose, at) =>
        bounded(
          Effect.flatMap(
            sql`UPDATE mail_tokens SET used_at = ${DateTime.toDate(at)}
              WHERE digest = ${digest} AND purpose = ${purpose} AND used_at IS NULL
                AND expires_at > ${DateTime.toDate(at)} AND user_id IS NOT NULL
              RETURNING user_id AS "userId"`,
            ownerIn
          )
        ),
      cancel: (userId, purpose) =>
        bounded(sql`DELETE FROM mail_tokens WHERE user_id = ${userId} AND purpose = ${purpose} AND used_at IS NULL`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM mail_tokens WHERE digest IN (
              SELECT digest FROM mail_tokens WHERE expires_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  )
)
