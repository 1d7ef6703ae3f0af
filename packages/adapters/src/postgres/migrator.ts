import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Data, Effect } from "effect"
import { bounded, Database } from "./client.ts"
import { splitStatements } from "./statements.ts"

/** A migration that cannot be applied as things stand; `message` says why and what to do. */
export class MigrationRefused extends Data.TaggedError("MigrationRefused")<{ readonly message: string }> {}

export interface Migration {
  readonly id: number
  readonly name: string
  readonly sha256: string
  readonly text: string
}

export interface MigrationStatus extends Omit<Migration, "text"> {
  readonly appliedAt: Date | undefined
}

/** The folder of the package that holds the plain SQL files. */
export const migrationsDirectory = (): string =>
  dirname(fileURLToPath(import.meta.resolve("@veza/migrations/package.json")))

/** Every `NNNN_what.sql`, in order; ids must run from 1 without a gap. */
export const readMigrations = (directory: string): Effect.Effect<ReadonlyArray<Migration>, MigrationRefused> =>
  Effect.tryPromise({
    try: async () => {
      const names = (await readdir(directory)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/u.test(name)).toSorted()
      return Promise.all(
        names.map(async (name) => {
          const text = await readFile(join(directory, name), "utf8")
          return { id: Number(name.slice(0, 4)), name, text, sha256: createHash("sha256").update(text).digest("hex") }
        })
      )
    },
    catch: () => new MigrationRefused({ message: `The migrations in ${directory} could not be read.` })
  }).pipe(
    Effect.filterOrFail(
      (all) => all.every(({ id }, index) => id === index + 1),
      () => new MigrationRefused({ message: "Migration files must be numbered 0001, 0002, … without a gap." })
    )
  )

/** Held while migrating, so that processes starting together apply each file once. */
const lockKey = 8_639_201_455

const prepare = Effect.flatMap(Database, ({ sql }) =>
  bounded(sql`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      id integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
)

const readApplied = Effect.flatMap(Database, ({ sql }) =>
  bounded(sql<{ id: number; name: string; sha256: string; appliedAt: Date }>`
    SELECT id, name, sha256, applied_at AS "appliedAt" FROM schema_migrations ORDER BY id`)
)

const verify = (
  files: ReadonlyArray<Migration>,
  applied: ReadonlyArray<{ id: number; name: string; sha256: string }>
) => {
  for (const row of applied) {
    const file = files[row.id - 1]
    if (file === undefined) {
      return new MigrationRefused({
        message: `The database has migration ${row.name}, which this version does not know: run a newer version.`
      })
    }
    if (file.sha256 !== row.sha256) {
      return new MigrationRefused({
        message: `${file.name} was changed after it was applied. Restore the file and put the change into a new migration.`
      })
    }
  }
  return undefined
}

/** A statement of a migration, without the time limits that guard requests: an index may take its hours. */
const patient = Effect.flatMap(Database, ({ sql }) => sql`SELECT set_config('statement_timeout', '0', true)`)

const record = (file: Migration) =>
  Effect.flatMap(
    Database,
    ({ sql }) => sql`INSERT INTO schema_migrations (id, name, sha256) VALUES (${file.id}, ${file.name}, ${file.sha256})`
  )

const apply = Effect.fnUntraced(function* (file: Migration) {
  const { sql } = yield* Database
  const statements = Effect.forEach(splitStatements(file.text), (statement) => sql.unsafe(statement), { discard: true })
  const alone = /^--\s*transaction:\s*none\b/u.test(file.text)
  yield* (
    alone
      ? Effect.andThen(statements, record(file))
      : sql.withTransaction(Effect.andThen(patient, Effect.andThen(statements, record(file))))
  ).pipe(
    Effect.mapError(
      (error) =>
        new MigrationRefused({ message: `${file.name} failed and was undone: ${String(error.reason.cause ?? error)}` })
    )
  )
  return file
})

const run = Effect.fnUntraced(function* (files: ReadonlyArray<Migration>) {
  yield* prepare
  const applied = yield* readApplied
  const refusal = verify(files, applied)
  if (refusal !== undefined) return yield* refusal
  return yield* Effect.forEach(files.slice(applied.length), apply)
})

/**
 * Applies what is pending, each file in its own transaction (header `-- transaction: none` where it cannot), under an
 * advisory lock, and refuses files that changed after they were applied. There is no way down: the fix is a new file.
 * Answers the files it applied.
 */
export const migrate = Effect.fn("postgres.migrate")(function* (directory: string) {
  const { sql } = yield* Database
  const files = yield* readMigrations(directory)
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* Effect.orDie(sql.reserve)
      yield* Effect.acquireRelease(
        Effect.orDie(lock.executeRaw("SET statement_timeout = 0", [])).pipe(
          Effect.andThen(Effect.orDie(lock.executeRaw("SET lock_timeout = 0", []))),
          Effect.andThen(Effect.orDie(lock.executeRaw("SELECT pg_advisory_lock($1::bigint)", [String(lockKey)])))
        ),
        () => Effect.ignore(lock.executeRaw("SELECT pg_advisory_unlock($1::bigint)", [String(lockKey)]))
      )
      return yield* run(files)
    })
  )
})

/** Every known migration and when it was applied. */
export const migrationStatus = Effect.fn("postgres.migrationStatus")(function* (directory: string) {
  const files = yield* readMigrations(directory)
  yield* prepare
  const applied = new Map((yield* readApplied).map((row) => [row.id, row.appliedAt]))
  return files.map(({ id, name, sha256 }): MigrationStatus => ({ id, name, sha256, appliedAt: applied.get(id) }))
})
