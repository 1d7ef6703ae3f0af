import { DateTime, Effect, Layer, Schema } from "effect"
import { LoginChallenges } from "@veza/domain/accounts"
import { UserId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const decode = Schema.decodeUnknownEffect(Schema.Struct({ userId: UserId, rememberMe: Schema.Boolean }))

export const loginChallengesPostgres = Layer.effect(
  LoginChallenges,
  Effect.map(Database, ({ sql }) =>
    LoginChallenges.of({
      add: ({ digest, userId, rememberMe, expiresAt }) =>
        bounded(sql`
          INSERT INTO login_challenges (digest, user_id, remember_me, expires_at)
          VALUES (${digest}, ${userId}, ${rememberMe}, ${DateTime.toDate(expiresAt)})`),
      attempt: (digest, limit, at) =>
        bounded(
          Effect.flatMap(
            sql`UPDATE login_challenges SET attempts = attempts + 1
              WHERE digest = ${digest} AND used_at IS NULL AND expires_at > ${DateTime.toDate(at)} AND attempts < ${limit}
              RETURNING user_id AS "userId", remember_me AS "rememberMe"`,
            ([row]) => (row === undefined ? Effect.succeedNone : Effect.asSome(decode(row)))
          )
        ),
      consume: (digest, at) =>
        Effect.map(
          bounded(sql`
            UPDATE login_challenges SET used_at = ${DateTime.toDate(at)}
            WHERE digest = ${digest} AND used_at IS NULL AND expires_at > ${DateTime.toDate(at)} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      endAll: (userId) => bounded(sql`DELETE FROM login_challenges WHERE user_id = ${userId}`),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM login_challenges WHERE digest IN (SELECT digest FROM login_challenges
              WHERE expires_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  )
)
