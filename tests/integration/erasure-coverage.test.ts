import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Database, migrationsDirectory } from "@veza/adapters/postgres"
import { connect, freshDatabase } from "../support/database.ts"

const page = Effect.promise(() => readFile(join(migrationsDirectory(), "..", "docs", "personal-data.md"), "utf8"))

/** What the page says: columns by table, and the tables that hold nothing about people. */
const declared = Effect.map(page, (text) => {
  const columns = new Map<string, ReadonlyArray<string>>()
  for (const [, table = "", names = ""] of text.matchAll(/^\| (\w+)\.([^|]+?) +\|/gmu)) {
    columns.set(table, [...(columns.get(table) ?? []), ...names.split(", ")])
  }
  const [, impersonal = ""] = /^Nothing about people is in: ([^.]+)\./mu.exec(text) ?? []
  return { columns, impersonal: new Set(impersonal.split(/,\s+/u)) }
})

const Column = Schema.Struct({ table: Schema.String, column: Schema.String })
const decode = Schema.decodeUnknownEffect(Schema.Array(Column))

/** Columns of every table but the daily parts of a table. */
const columnsOf = Effect.flatMap(Database, ({ sql }) =>
  Effect.flatMap(
    sql`
      SELECT c.relname AS table, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY c.relname, a.attnum`,
    decode
  )
)

/** Tables whose rows belong to a user: by a column that says so, or by a chain of references. */
const ownedTables = Effect.flatMap(Database, ({ sql }) =>
  Effect.map(
    sql<{ name: string }>`
      WITH RECURSIVE owned (oid) AS (
        SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND NOT a.attisdropped AND a.attname ~ '^(user|owner|actor|session|api_key|created_by|email|ip|user_agent)(_id)?$'
        UNION SELECT 'users'::regclass::oid
        UNION SELECT r.conrelid FROM pg_constraint r JOIN owned o ON r.confrelid = o.oid WHERE r.contype = 'f')
      SELECT relname AS name FROM owned JOIN pg_class USING (oid)`,
    (rows) => rows.map(({ name }) => name)
  )
)

const onFresh = <A, E>(work: Effect.Effect<A, E, Database>) =>
  Effect.flatMap(freshDatabase, (url) => Effect.provide(work, connect(url, 2)))

describe("docs/personal-data.md", () => {
  it.effect("names every table, and every column of those that it goes through one by one", () =>
    Effect.gen(function* () {
      const { columns, impersonal } = yield* declared
      const unknown = (yield* onFresh(columnsOf)).filter(({ table, column }) => {
        const named = columns.get(table) ?? (impersonal.has(table) ? ["*"] : [])
        return !named.includes("*") && !named.includes(column)
      })
      assert.deepStrictEqual(unknown, [])
    })
  )

  it.effect("names nothing that the schema does not have, and nothing twice", () =>
    Effect.gen(function* () {
      const { columns, impersonal } = yield* declared
      const actual = yield* onFresh(columnsOf)
      const has = (table: string, column: string) =>
        actual.some((one) => one.table === table && (column === "*" || one.column === column))
      const gone = [...columns].flatMap(([table, names]) => names.filter((name) => !has(table, name)))
      assert.deepStrictEqual(gone, [])
      assert.deepStrictEqual(
        [...impersonal].filter((table) => !has(table, "*") || columns.has(table)),
        []
      )
      for (const names of columns.values()) assert.strictEqual(new Set(names).size, names.length)
    })
  )

  it.effect("says of no table that leads to somebody that it holds nothing about people", () =>
    Effect.gen(function* () {
      const { columns, impersonal } = yield* declared
      const owned = yield* onFresh(ownedTables)
      assert.includeMembers(owned, ["users", "backup_codes", "refresh_tokens", "track_likes", "api_access"])
      assert.deepStrictEqual(
        owned.filter((table) => impersonal.has(table) || !columns.has(table)),
        []
      )
    })
  )
})
