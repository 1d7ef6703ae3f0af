import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { MailTokens } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"

const decodeOwner = Schema.decodeUnknownEffect(Schema.Struct({ userId: UserId }))

export const mailTokensPostgres = Layer.effect(
  MailTokens,
  Effect.map(Database, ({ sql }) =>
    MailTokens.of({
      add: (token) =>
        bounded(sql`
          INSERT INTO mail_tokens (digest, purpose, user_id, expires_at)
          VALUES (${token.digest}, ${token.purpose}, ${token.userId}, ${DateTime.toDate(token.expiresAt)})`),
      consume: (digest, purpose, at) =>
        bounded(
          Effect.flatMap(
            sql`UPDATE mail_tokens SET used_at = ${DateTime.toDate(at)}
              WHERE digest = ${digest} AND purpose = ${purpose} AND used_at IS NULL AND expires_at > ${DateTime.toDate(at)}
              RETURNING user_id AS "userId"`,
            ([row]) =>
              row === undefined
                ? Effect.succeed(Option.none())
                : Effect.map(decodeOwner(row), ({ userId }) => Option.some(userId))
          )
        )
    })
  )
)
