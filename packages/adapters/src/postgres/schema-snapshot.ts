import { Effect } from "effect"
import { bounded, Database } from "./client.ts"

interface Line {
  readonly line: string
}

/**
 * The schema as the catalogue describes it, one fact a line in a fixed order: what the migrations amount to. Committed
 * as `migrations/schema.txt` and compared by a test.
 */
export const schemaSnapshot = Effect.fn("postgres.schemaSnapshot")(function* () {
  const { sql } = yield* Database
  const lines = yield* bounded(sql<Line>`
    SELECT line FROM (
      SELECT 1 AS part, c.relname AS relation, a.attnum::int AS place,
        format('%s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
          CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END,
          coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) AS line
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relkind IN ('r', 'p')
      UNION ALL
      SELECT 2, conrelid::regclass::text, 0, format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
      UNION ALL
      SELECT 3, tablename, 0, indexdef FROM pg_indexes WHERE schemaname = 'public') AS facts
    ORDER BY part, relation COLLATE "C", place, line COLLATE "C"`)
  return `${lines.map(({ line }) => line).join("\n")}\n`
})
