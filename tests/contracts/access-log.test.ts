import { Effect, Schema } from "effect"
import { LoggedCalls, memoryAdapters } from "@veza/adapters/memory"
import { Database } from "@veza/adapters/postgres"
import { ApiKeyId, SessionId, UserId } from "@veza/domain/kernel"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { accessLogContract } from "./access-log.contract.ts"

const Row = Schema.Struct({
  id: Schema.String,
  at: Schema.DateTimeUtcFromDate,
  userId: UserId,
  sessionId: Schema.NullOr(SessionId),
  keyId: Schema.NullOr(ApiKeyId),
  ip: Schema.String,
  userAgent: Schema.String,
  method: Schema.String,
  route: Schema.String,
  status: Schema.Int,
  requestId: Schema.String
})
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))

const inPostgres = Effect.gen(function* () {
  const { sql } = yield* Database
  const rows = yield* Effect.orDie(sql`
    SELECT id, at, user_id AS "userId", session_id AS "sessionId", api_key_id AS "keyId", ip, user_agent AS "userAgent",
      method, route, status, request_id AS "requestId" FROM api_access`)
  return (yield* Effect.orDie(decode(rows))).map(({ sessionId, keyId, ...row }) => ({
    ...row,
    sessionId: sessionId ?? undefined,
    keyId: keyId ?? undefined
  }))
})

accessLogContract(
  "memory",
  memoryAdapters,
  LoggedCalls.use((calls) => calls.all)
)
accessLogContract("PostgreSQL", postgresAdapters, inPostgres)
