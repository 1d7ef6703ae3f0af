import { DateTime, Effect, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { type ListPlan, maxPageDepth, type Page } from "@veza/domain/kernel"
import { type AuditEntry, type AuditFilter, type AuditSort, AuditValue } from "@veza/domain/platform"
import { bounded, Database } from "./client.ts"

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
const decode = Schema.decodeUnknownEffect(Schema.Array(Row))

export const toEntries = (rows: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<AuditEntry>> =>
  Effect.orDie(decode(rows))

/** The list of entries: keyset on the time and the id, or counted pages (05-decisions, "Lists"). */
export const makeAuditList = Effect.map(Database, ({ sql }) => {
  const columns = sql.literal(auditColumns)

  const matching = (filter: AuditFilter): Array<Fragment> => [
    sql`true`,
    ...(filter.actor === undefined ? [] : [sql`actor = ${filter.actor}`]),
    ...(filter.action === undefined ? [] : [sql`action = ${filter.action}`]),
    ...(filter.resource === undefined ? [] : [sql`resource = ${filter.resource}`]),
    ...(filter.resourceId === undefined ? [] : [sql`resource_id = ${filter.resourceId}`]),
    ...(filter.from === undefined ? [] : [sql`at >= ${DateTime.toDate(filter.from)}`]),
    ...(filter.to === undefined ? [] : [sql`at < ${DateTime.toDate(filter.to)}`])
  ]

  const select = (filter: AuditFilter, plan: ListPlan<AuditSort>) => {
    const direction = sql.literal(plan.descending ? "DESC" : "ASC")
    const beyond = sql.literal(plan.descending ? "<" : ">")
    const where = matching(filter)
    if (plan.start._tag === "After" && plan.start.key !== undefined) {
      const { value, id } = plan.start.key
      where.push(sql`(at, id) ${beyond} (${String(value)}::text::timestamptz, ${id}::uuid)`)
    }
    const skip = plan.start._tag === "Offset" ? plan.start.skip : 0
    return sql`SELECT ${columns} FROM audit_entries WHERE ${sql.and(where)}
      ORDER BY at ${direction}, id ${direction} LIMIT ${plan.limit + 1} OFFSET ${skip}`
  }

  const countedPage = Effect.fnUntraced(function* (filter: AuditFilter, page: number) {
    const [row] = yield* bounded(sql<{ n: number }>`SELECT count(*)::int AS n
      FROM (SELECT 1 FROM audit_entries WHERE ${sql.and(matching(filter))} LIMIT ${maxPageDepth + 1}) AS counted`)
    const n = row?.n ?? 0
    return { page, total: Math.min(n, maxPageDepth), isLowerBound: n > maxPageDepth }
  })

  return Effect.fnUntraced(function* (filter: AuditFilter, plan: ListPlan<AuditSort>) {
    const found = yield* Effect.flatMap(bounded(select(filter, plan)), toEntries)
    const items = found.slice(0, plan.limit)
    const last = items.at(-1)
    const next =
      found.length > plan.limit && last !== undefined ? { value: DateTime.formatIso(last.at), id: last.id } : undefined
    const counted = plan.start._tag === "Offset" ? yield* countedPage(filter, plan.start.page) : undefined
    return { items, limit: plan.limit, next, counted } satisfies Page<AuditEntry>
  })
})
