import { DateTime, Effect, Layer, Schema } from "effect"
import { EmailChanges } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ userId: UserId, email: Schema.String }))

export const emailChangesPostgres = Layer.effect(
  EmailChanges,
  Effect.map(Database, ({ sql }) => {
    /** The unique index decides between two that want one address: the savepoint takes back what lost. */
    const move = (userId: string, email: string) =>
      sql
        .withTransaction(
          sql`UPDATE users SET email = ${email}, updated_at = now()
            WHERE id = ${userId} AND is_verified AND is_active RETURNING 1`
        )
        .pipe(Effect.catchReason("SqlError", "UniqueViolation", () => Effect.succeed([])))
    return EmailChanges.of({
      propose: ({ userId, email, digest, expiresAt }) =>
        bounded(sql`
          INSERT INTO email_changes (user_id, digest, email, expires_at)
          VALUES (${userId}, ${digest}, ${email}, ${DateTime.toDate(expiresAt)})
          ON CONFLICT (user_id) DO UPDATE
          SET digest = excluded.digest, email = excluded.email, expires_at = excluded.expires_at`),
      take: (digest, at) =>
        bounded(
          Effect.flatMap(
            sql`DELETE FROM email_changes WHERE digest = ${digest} AND expires_at > ${DateTime.toDate(at)}
              RETURNING user_id AS "userId", email`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(decode(row)))
          )
        ),
      apply: Effect.fnUntraced(function* ({ userId, email }) {
        if ((yield* bounded(move(userId, email))).length === 0) return false
        yield* bounded(sql`DELETE FROM mail_tokens WHERE user_id = ${userId}`)
        return true
      }),
      cancel: (userId) => bounded(sql`DELETE FROM email_changes WHERE user_id = ${userId}`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM email_changes WHERE user_id IN (SELECT user_id FROM email_changes
              WHERE expires_at < ${DateTime.toDate(before)} LIMIT ${batchSize})
              AND expires_at < ${DateTime.toDate(before)} RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
