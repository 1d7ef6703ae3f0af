import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { MailTokens, Sessions } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"

export const sessionsPostgres = Layer.effect(
  Sessions,
  Effect.map(Database, ({ sql }) =>
    Sessions.of({
      add: (session) =>
        bounded(sql`
          INSERT INTO sessions (id, user_id, refresh_digest, ip, user_agent, created_at, expires_at, lifetime)
          VALUES (${session.id}, ${session.userId}, ${session.refreshDigest}, ${session.ip}, ${session.userAgent},
            ${DateTime.toDate(session.createdAt)}, ${DateTime.toDate(session.expiresAt)}, ${session.lifetime})`),
      revoke: (id, userId, reason, at) =>
        Effect.map(
          bounded(sql`
            UPDATE sessions SET revoked_at = ${DateTime.toDate(at)}, revoked_reason = ${reason}
            WHERE id = ${id} AND user_id = ${userId} AND revoked_at IS NULL RETURNING 1`),
          (rows) => rows.length > 0
        ),
      extend: (id, expiresAt) =>
        bounded(sql`
          UPDATE sessions SET expires_at = ${DateTime.toDate(expiresAt)}
          WHERE id = ${id} AND revoked_at IS NULL AND expires_at < ${DateTime.toDate(expiresAt)}`)
    })
  )
)

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
