import { DateTime, Duration, Effect, Layer, Schema } from "effect"
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

const decodeStates = Schema.decodeUnknownEffect(
  Schema.Array(
    Schema.Struct({
      name: Schema.String,
      begunAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
      leasedUntil: Schema.DateTimeUtcFromDate
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
      }),
      hasten: (job) =>
        Effect.map(
          bounded(sql`UPDATE job_leases SET begun_at = '-infinity' WHERE job = ${job} RETURNING 1`),
          (rows) => rows.length > 0
        ),
      list: bounded(
        Effect.flatMap(
          sql`SELECT job AS name, nullif(begun_at, '-infinity') AS "begunAt", leased_until AS "leasedUntil" FROM job_leases
            ORDER BY job`,
          decodeStates
        )
      )
    })
  )
)
