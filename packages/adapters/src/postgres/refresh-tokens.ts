import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { type RefreshToken, RefreshTokens } from "@veza/domain/accounts"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"
import { sessionColumns, SessionRow } from "./sessions.ts"

const Row = Schema.Struct({
  ...SessionRow.fields,
  isRevoked: Schema.Boolean,
  rotatedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  successor: Schema.NullOr(Schema.Uint8Array)
})
const decode = Schema.decodeUnknownEffect(Row)

const toToken = ({ isRevoked, rotatedAt, successor, ...session }: typeof Row.Type): RefreshToken => ({
  session,
  isRevoked,
  rotatedAt: rotatedAt ?? undefined,
  successor: successor ?? undefined
})

export const refreshTokensPostgres = Layer.effect(
  RefreshTokens,
  Effect.map(Database, ({ sql }) => {
    const columns = sql.literal(sessionColumns)
    return RefreshTokens.of({
      add: (digest, sessionId, at) =>
        bounded(sql`
          INSERT INTO refresh_tokens (digest, session_id, created_at)
          VALUES (${digest}, ${sessionId}, ${DateTime.toDate(at)})`),
      lock: (digest) =>
        bounded(
          Effect.gen(function* () {
            // The lock first, the look after it: who waited must see what the one before has written.
            yield* sql`
              SELECT 1 FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE digest = ${digest}) FOR UPDATE`
            const [row] = yield* sql`
              SELECT ${columns}, s.revoked_at IS NOT NULL AS "isRevoked", t.rotated_at AS "rotatedAt", t.successor
              FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.digest = ${digest}`
            return row === undefined ? Option.none() : Option.some(toToken(yield* decode(row)))
          })
        ),
      rotate: (digest, successor, at) =>
        Effect.map(
          bounded(sql`
            UPDATE refresh_tokens SET rotated_at = ${DateTime.toDate(at)}, successor = ${successor}
            WHERE digest = ${digest} AND rotated_at IS NULL RETURNING 1`),
          (rows) => rows.length > 0
        ),
      forgetSuccessors: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`
              UPDATE refresh_tokens SET successor = NULL WHERE digest IN (
                SELECT digest FROM refresh_tokens
                WHERE successor IS NOT NULL AND rotated_at < ${DateTime.toDate(before)} LIMIT ${batchSize})
              RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  })
)
