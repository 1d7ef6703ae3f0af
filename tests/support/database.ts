import { randomBytes } from "node:crypto"
import { Duration, Effect, Layer, Redacted } from "effect"
import { Database, database, migrate, migrationsDirectory } from "@veza/adapters/postgres"
import { given } from "./given-servers.ts"

/** The database that holds every migration and nothing else; test databases are copies of it. */
export const templateName = "veza_template"

/** The given server's URL with another database name. */
export const withDatabase = (url: string, name: string): string => {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

export const connect = (url: string, maxConnections = 8) =>
  database({
    url: Redacted.make(url),
    maxConnections,
    applicationName: "veza tests",
    maxRetries: 0,
    retryInterval: Duration.millis(100)
  })

/** Makes the template; called once by the runner. */
export const makeTemplate = (url: string) =>
  Effect.flatMap(Database, ({ sql }) => sql.unsafe(`CREATE DATABASE ${templateName}`)).pipe(
    Effect.provide(connect(url, 2)),
    Effect.andThen(migrate(migrationsDirectory()).pipe(Effect.provide(connect(withDatabase(url, templateName), 2)))),
    Effect.asVoid
  )

/** A fresh database of its own for whoever asks, dropped when the scope closes. Answers its URL. */
export const freshDatabase = Effect.acquireRelease(
  Effect.suspend(() => {
    const name = `test_${randomBytes(6).toString("hex")}`
    return Effect.flatMap(Database, ({ sql }) => sql.unsafe(`CREATE DATABASE ${name} TEMPLATE ${templateName}`)).pipe(
      Effect.provide(connect(given("TEST_DATABASE_URL"), 1)),
      Effect.as(withDatabase(given("TEST_DATABASE_URL"), name)),
      Effect.orDie
    )
  }),
  (url) =>
    Effect.flatMap(Database, ({ sql }) =>
      sql.unsafe(`DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`)
    ).pipe(Effect.provide(connect(given("TEST_DATABASE_URL"), 1)), Effect.ignoreCause)
)

/** A `Database` over a fresh database. */
export const freshDatabaseLayer = Layer.unwrap(Effect.map(freshDatabase, (url) => connect(url)))
