import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  Database,
  migrate,
  migrationsDirectory,
  migrationStatus,
  schemaSnapshot,
  splitStatements
} from "@veza/adapters/postgres"
import { connect, freshDatabase } from "../support/database.ts"

/** A database without our tables: the copy's are dropped. */
const emptyDatabase = Effect.tap(freshDatabase, (url) =>
  Effect.flatMap(Database, ({ sql }) => sql.unsafe("DROP SCHEMA public CASCADE")).pipe(
    Effect.andThen(Effect.flatMap(Database, ({ sql }) => sql.unsafe("CREATE SCHEMA public"))),
    Effect.provide(connect(url, 1))
  )
)

const folder = (files: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const directory = await mkdtemp(join(tmpdir(), "veza-migrations-"))
      for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
      return directory
    }),
    (directory) => Effect.promise(() => rm(directory, { recursive: true }))
  )

const on = <A, E, R>(url: string, work: Effect.Effect<A, E, R | Database>) => Effect.provide(work, connect(url, 4))

describe("the migrations", () => {
  it.effect("amount to the committed schema", () =>
    Effect.gen(function* () {
      const snapshot = yield* on(yield* freshDatabase, schemaSnapshot())
      // `pnpm test integration/migrations -u` writes it anew.
      yield* Effect.promise(() => expect(snapshot).toMatchFileSnapshot(join(migrationsDirectory(), "schema.txt")))
    })
  )

  it.live("are applied once however many processes start together", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const runs = yield* Effect.all(
        Array.from({ length: 4 }, () => on(url, migrate(migrationsDirectory()))),
        { concurrency: "unbounded" }
      )
      const applied = runs.map((files) => files.length).filter((count) => count > 0)
      assert.lengthOf(applied, 1)
      const status = yield* on(url, migrationStatus(migrationsDirectory()))
      assert.isTrue(status.every(({ appliedAt }) => appliedAt !== undefined))
    })
  )

  it.live("leave nothing of a file that fails, and everything before it", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const directory = yield* folder({
        "0001_good.sql": "CREATE TABLE good (id int);",
        "0002_bad.sql": "CREATE TABLE half (id int);\nSELECT 1/0;"
      })
      const refusal = yield* Effect.flip(on(url, migrate(directory)))
      assert.include(refusal.message, "0002_bad.sql")
      const tables = yield* on(
        url,
        Effect.flatMap(
          Database,
          ({ sql }) => sql`SELECT to_regclass('good') IS NOT NULL AS good, to_regclass('half') IS NOT NULL AS half`
        )
      )
      assert.deepStrictEqual(tables, [{ good: true, half: false }])
    })
  )

  it.live("refuse a file that was changed after it was applied", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const directory = yield* folder({ "0001_a.sql": "CREATE TABLE a (id int);" })
      yield* on(url, migrate(directory))
      yield* Effect.promise(() => writeFile(join(directory, "0001_a.sql"), "CREATE TABLE a (id bigint);"))
      assert.include((yield* Effect.flip(on(url, migrate(directory)))).message, "changed after it was applied")
    })
  )

  it.live("refuse a gap in their numbers, and a database that is ahead", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const gap = yield* folder({ "0001_a.sql": "SELECT 1;", "0003_c.sql": "SELECT 1;" })
      assert.include((yield* Effect.flip(on(url, migrate(gap)))).message, "without a gap")
      const two = yield* folder({ "0001_a.sql": "SELECT 1;", "0002_b.sql": "SELECT 2;" })
      const one = yield* folder({ "0001_a.sql": "SELECT 1;" })
      yield* on(url, migrate(two))
      assert.include((yield* Effect.flip(on(url, migrate(one)))).message, "run a newer version")
    })
  )

  it.live("may leave the transaction where PostgreSQL wants it", () =>
    Effect.gen(function* () {
      const url = yield* emptyDatabase
      const directory = yield* folder({
        "0001_a.sql": "CREATE TABLE a (id int);",
        "0002_index.sql": "-- transaction: none\nCREATE INDEX CONCURRENTLY a_id ON a (id);"
      })
      assert.lengthOf(yield* on(url, migrate(directory)), 2)
    })
  )
})

describe("splitting a script", () => {
  it("cuts at the semicolons that end statements only", () => {
    const script = `
      CREATE FUNCTION f() RETURNS int AS $body$ BEGIN; RETURN 1; END $body$ LANGUAGE plpgsql;
      SELECT 'a;b', "c;d", E'it\\'s;', $$x;y$$; -- ends; here
      /* not; /* even; */ here; */ SELECT 2`
    assert.deepStrictEqual(
      splitStatements(script).map((statement) => statement.split(/\s+/u).slice(0, 2).join(" ")),
      ["CREATE FUNCTION", "SELECT 'a;b',", "-- ends;"]
    )
  })
  it("finds no statement in blanks and comments", () => {
    assert.deepStrictEqual(splitStatements(" ; ;; -- a; b\n /* c; */ "), [])
  })
})
