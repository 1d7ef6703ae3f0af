import { DateTime, Effect, Layer, Option, Schema } from "effect"
import { OAuthProvider, OAuthStates } from "@veza/domain/accounts"
import { SessionId } from "@veza/domain/kernel"
import { bounded, Database } from "./client.ts"
import { batchSize, inBatches } from "./in-batches.ts"

const Row = Schema.Struct({
  provider: OAuthProvider,
  browserDigest: Schema.Uint8Array,
  secrets: Schema.Uint8Array,
  redirect: Schema.String,
  sessionId: Schema.NullOr(SessionId),
  expiresAt: Schema.DateTimeUtcFromDate
})
const decode = Schema.decodeUnknownEffect(Row)

export const oauthStatesPostgres = Layer.effect(
  OAuthStates,
  Effect.map(Database, ({ sql }) =>
    OAuthStates.of({
      add: (digest, state) =>
        bounded(sql`
          INSERT INTO oauth_states (digest, provider, browser_digest, secrets, redirect, session_id, expires_at)
          VALUES (${digest}, ${state.provider}, ${state.browserDigest}, ${state.secrets}, ${state.redirect},
            ${state.sessionId ?? null}::uuid, ${DateTime.toDate(state.expiresAt)})`),
      consume: (digest, provider, browserDigest, at) =>
        bounded(
          Effect.flatMap(
            sql`DELETE FROM oauth_states
              WHERE digest = ${digest} AND provider = ${provider} AND browser_digest = ${browserDigest}
                AND expires_at > ${DateTime.toDate(at)}
              RETURNING provider, browser_digest AS "browserDigest", secrets, redirect, session_id AS "sessionId",
                expires_at AS "expiresAt"`,
            ([row]) =>
              row === undefined
                ? Effect.succeedNone
                : Effect.map(decode(row), ({ sessionId, ...state }) =>
                    Option.some({ ...state, sessionId: sessionId ?? undefined })
                  )
          )
        ),
      forget: (before) =>
        inBatches(
          Effect.map(
            bounded(sql`DELETE FROM oauth_states WHERE digest IN (
              SELECT digest FROM oauth_states WHERE expires_at < ${DateTime.toDate(before)} LIMIT ${batchSize}) RETURNING 1`),
            (rows) => rows.length
          )
        )
    })
  )
)
