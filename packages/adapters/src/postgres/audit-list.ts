import { DateTime, Effect, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import type { ListPlan } from "@veza/domain/kernel"
import { type AuditEntry, type AuditFilter, type AuditSort, AuditValue } from "@veza/domain/platform"
import { Database } from "./client.ts"
import { keysetPages } from "./keyset-page.ts"

export const auditColumns = `sequence::float8 AS sequence, id, at, actor, action, resource, resource_id AS "resourceId",
  ip, user_agent AS "userAgent", request_id AS "requestId", metadata, encode(previous, 'hex') AS previous,
  encode(hash, 'hex') AS hash`

const nullableText = Schema.NullOr(Schema.String)
const Row = Schema.Struct({
  sequence: Schema.Finite,
  id: Schema.String,
  at: Schema.DateTimeUtcFromDate,
  actor: nullableText,
  action: Schema.String,
  resource: Schema.String,
  resourceId: nullableText,
  ip: nullableText,
  userAgent: nullableText,
  requestId: nullableText,
  metadata: Schema.Record(Schema.String, AuditValue),
  previous: Schema.String,
  hash: Schema.String
})
const decode = Schema.decodeUnknownEffect(Row)

export const toEntries = (rows: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<AuditEntry>> =>
  Effect.orDie(Effect.forEach(rows, (row) => decode(row)))

/** The list of entries. */
export const makeAuditList = Effect.gen(function* () {
  const { sql } = yield* Database
  const pageOf = yield* keysetPages({
    table: "audit_entries",
    columns: auditColumns,
    sorts: { at: { column: "at", type: "timestamptz", of: (entry: AuditEntry) => DateTime.formatIso(entry.at) } },
    idOf: (entry) => entry.id,
    decode: (row) => decode(row)
  })
  const matching = (filter: AuditFilter): ReadonlyArray<Fragment> => [
    sql`true`,
    ...(filter.actor === undefined ? [] : [sql`actor = ${filter.actor}`]),
    ...(filter.action === undefined ? [] : [sql`action = ${filter.action}`]),
    ...(filter.resource === undefined ? [] : [sql`resource = ${filter.resource}`]),
    ...(filter.resourceId === undefined ? [] : [sql`resource_id = ${filter.resourceId}`]),
    ...(filter.from === undefined ? [] : [sql`at >= ${DateTime.toDate(filter.from)}`]),
    ...(filter.to === undefined ? [] : [sql`at < ${DateTime.toDate(filter.to)}`])
  ]
  return (filter: AuditFilter, plan: ListPlan<AuditSort>) => pageOf(matching(filter), plan)
})
