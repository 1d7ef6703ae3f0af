import { DateTime, Effect, Layer } from "effect"
import { type AuditHead, AuditTrail, genesis } from "@veza/domain/platform"
import { auditColumns, makeAuditList, toEntries } from "./audit-list.ts"
import { bounded, Database } from "./client.ts"

export const auditTrailPostgres = Layer.effect(
  AuditTrail,
  Effect.gen(function* () {
    const { sql } = yield* Database
    const columns = sql.literal(auditColumns)
    const headColumns = sql.literal(`sequence::float8 AS sequence, encode(hash, 'hex') AS hash`)
    const headOf = (rows: ReadonlyArray<AuditHead>): AuditHead => rows[0] ?? genesis
    return AuditTrail.of({
      head: Effect.map(bounded(sql<AuditHead>`SELECT ${headColumns} FROM audit_head`), headOf),
      lockHead: Effect.map(bounded(sql<AuditHead>`SELECT ${headColumns} FROM audit_head FOR UPDATE`), headOf),
      append: (entry) =>
        Effect.map(
          bounded(sql`
            WITH moved AS (
              UPDATE audit_head SET sequence = ${String(entry.sequence)}::bigint, hash = decode(${entry.hash}, 'hex')
              WHERE sequence = ${String(entry.sequence - 1)}::bigint AND hash = decode(${entry.previous}, 'hex')
              RETURNING 1)
            INSERT INTO audit_entries (sequence, id, at, actor, action, resource, resource_id, ip, user_agent,
              request_id, metadata, previous, hash)
            SELECT ${String(entry.sequence)}::bigint, ${entry.id}::uuid, ${DateTime.toDate(entry.at)}::timestamptz,
              ${entry.actor}::text, ${entry.action}::text, ${entry.resource}::text, ${entry.resourceId}::text,
              ${entry.ip}::text, ${entry.userAgent}::text, ${entry.requestId}::text,
              ${JSON.stringify(entry.metadata)}::jsonb, decode(${entry.previous}, 'hex'), decode(${entry.hash}, 'hex')
            FROM moved RETURNING 1`),
          (rows) => rows.length > 0
        ),
      entriesFrom: (sequence, limit) =>
        Effect.flatMap(
          bounded(sql`
            SELECT ${columns} FROM audit_entries WHERE sequence >= ${String(sequence)}::bigint
            ORDER BY sequence LIMIT ${limit}`),
          toEntries
        ),
      list: yield* makeAuditList,
      countByAction: (from, to) =>
        bounded(sql<{ action: string; count: number }>`
          SELECT action, count(*)::float8 AS count FROM audit_entries
          WHERE at >= ${DateTime.toDate(from)} AND at < ${DateTime.toDate(to)}
          GROUP BY action ORDER BY count(*) DESC, action COLLATE "C"`)
    })
  })
)
