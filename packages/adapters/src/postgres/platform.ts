import { DateTime, Duration, Effect, Layer } from "effect"
import { JobLeases, PlatformSettings } from "@veza/domain/platform"
import { bounded, Database } from "./client.ts"

export const platformSettingsPostgres = Layer.effect(
  PlatformSettings,
  Effect.map(Database, ({ sql }) =>
    PlatformSettings.of({
      readFlag: (key) =>
        Effect.map(
          bounded(sql<{ on: boolean }>`SELECT value_bool AS "on" FROM platform_settings WHERE key = ${key}`),
          (rows) => rows[0]?.on === true
        ),
      writeFlag: (key, value) =>
        bounded(sql`
          INSERT INTO platform_settings (key, value_bool) VALUES (${key}, ${value})
          ON CONFLICT (key) DO UPDATE SET value_bool = excluded.value_bool, updated_at = now()`)
    })
  )
)

export const jobLeasesPostgres = Layer.effect(
  JobLeases,
  Effect.map(Database, ({ sql }) =>
    JobLeases.of({
      take: Effect.fnUntraced(function* (job, every, leaseFor) {
        const now = yield* DateTime.now
        const dueBefore = DateTime.toDate(DateTime.subtractDuration(now, every))
        const until = DateTime.toDate(DateTime.addDuration(now, Duration.fromInputUnsafe(leaseFor)))
        const taken = yield* bounded(sql`
          INSERT INTO job_leases (job, begun_at, leased_until) VALUES (${job}, ${DateTime.toDate(now)}, ${until})
          ON CONFLICT (job) DO UPDATE SET begun_at = excluded.begun_at, leased_until = excluded.leased_until
          WHERE job_leases.begun_at <= ${dueBefore} AND job_leases.leased_until <= excluded.begun_at
          RETURNING 1`)
        return taken.length > 0
      }),
      release: Effect.fnUntraced(function* (job) {
        const now = DateTime.toDate(yield* DateTime.now)
        yield* bounded(sql`UPDATE job_leases SET leased_until = ${now} WHERE job = ${job}`)
      })
    })
  )
)
