import { join, resolve } from "node:path"
import { Effect, Redacted } from "effect"
import { HomeUnusable } from "@veza/adapters/composition"
import { ensureServer, stopServer } from "@veza/adapters/embedded-postgres"
import { Database } from "@veza/adapters/postgres"
import { databaseLayer } from "@veza/adapters/composition"
import type { Settings } from "@veza/adapters/config"

/** Connections of anybody else to the server, ours and the server's own processes left out. */
const othersConnected = (settings: Settings) =>
  Effect.flatMap(
    Database,
    ({ sql }) => sql<{ n: number }>`
      SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND application_name <> 'veza-up'`
  ).pipe(
    Effect.map((rows) => (rows[0]?.n ?? 0) > 0),
    Effect.provide(databaseLayer(settings, "veza-up")),
    Effect.orElseSucceed(() => true)
  )

const stopUnlessUsed = Effect.fnUntraced(function* (settings: Settings, directory: string) {
  if (yield* othersConnected(settings)) return
  yield* Effect.promise(() => stopServer(directory))
})

/** The embedded server, started when nobody has; stopped with the scope if we started it and nobody else uses it. */
export const embeddedServer = (settings: Settings) => {
  const directory = join(resolve(settings.VEZA_HOME), "pg")
  return Effect.acquireRelease(
    Effect.tryPromise({
      try: () => ensureServer(directory),
      catch: (error) => new HomeUnusable({ message: error instanceof Error ? error.message : String(error) })
    }),
    (server) =>
      server.started ? stopUnlessUsed({ ...settings, DATABASE_URL: Redacted.make(server.url) }, directory) : Effect.void
  )
}
