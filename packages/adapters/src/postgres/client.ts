import { PgClient } from "@effect/sql-pg"
import { Context, Data, Duration, Effect, Layer, Metric, type Redacted, Schedule } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlError } from "effect/sql"

/** The database did not answer, refused the connection or had no connection free: the caller may try again. */
export class DatabaseUnavailable extends Data.TaggedError("DatabaseUnavailable")<{ readonly cause: unknown }> {}

export interface DatabaseSettings {
  readonly url: Redacted.Redacted<string>
  readonly maxConnections: number
  readonly applicationName: string
  /** How often and how long apart the first connection is tried (DB_MAX_RETRIES, DB_RETRY_INTERVAL). */
  readonly maxRetries: number
  readonly retryInterval: Duration.Duration
}

/** Longest time one statement may run on the server, in milliseconds. */
const statementTimeout = 10_000
/** Longest time a caller waits for a free connection and its statement together. */
const callTimeout = Duration.seconds(12)

/**
 * The one door through which SQL enters (05-decisions): `sql` is the pool for everything, `read` pipelines short reads
 * over few connections.
 */
export class Database extends Context.Service<
  Database,
  { readonly sql: PgClient.PgClient; readonly read: PgClient.PgClient }
>()("@veza/adapters/postgres/Database") {}

const unavailable = new Set(["ConnectionError", "AuthenticationError", "StatementTimeoutError", "LockTimeoutError"])
/**
 * What the client library has no name for (manual, "PostgreSQL Error Codes"): no room (53), stopping, starting or ending
 * this session (57P), a transaction that stood idle (25P03), a standby that does not write (25006), the server's disk (58).
 */
const unavailableCodes = /^(?:53|57P|25P03|25006|58)/u

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

const isUnavailable = ({ reason }: SqlError.SqlError): boolean =>
  unavailable.has(reason._tag) || unavailableCodes.test(codeOf(reason.cause))

/** Is the current fiber inside a transaction? */
export const InTransaction = Context.Reference<boolean>("@veza/adapters/postgres/InTransaction", {
  defaultValue: () => false
})

/** The client for a short read: the pipelined one, or the transaction's own, whose uncommitted rows it must see. */
export const reading = ({ sql, read }: Database["Service"]): Effect.Effect<PgClient.PgClient> =>
  Effect.map(InTransaction, (inside) => (inside ? sql : read))

const isSqlError = (error: unknown): error is SqlError.SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

const toDefect = (error: unknown): Effect.Effect<never> =>
  Effect.die(isSqlError(error) && isUnavailable(error) ? new DatabaseUnavailable({ cause: error }) : error)

const durations = Metric.histogram("veza_database_query_duration_seconds", {
  description: "Time from asking for a connection to the end of the statement",
  boundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
})
const active = Metric.gauge("veza_database_connections_active", {
  description: "Statements under way; each holds a connection, but for short reads, which share two"
})
const noContext = Context.empty()
let underWay = 0

/** Counts and times a statement, whatever becomes of it. */
const measured = <A, E, R>(statement: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const begun = performance.now()
    active.updateUnsafe(++underWay, noContext)
    return Effect.onExit(statement, () =>
      Effect.sync(() => {
        active.updateUnsafe(--underWay, noContext)
        durations.updateUnsafe((performance.now() - begun) / 1000, noContext)
      })
    )
  })

/** `bounded`, for statements that may take longer than a caller would wait. */
export const boundedTo =
  (longest: Duration.Duration) =>
  <A, E, R>(statement: Effect.Effect<A, E, R>): Effect.Effect<A, never, R> =>
    measured(statement).pipe(
      Effect.timeoutOrElse({
        duration: longest,
        orElse: () => Effect.die(new DatabaseUnavailable({ cause: "no connection free in time" }))
      }),
      Effect.catch(toDefect)
    )

/**
 * Bounds a statement and turns its errors, on which no caller can act, into defects: `DatabaseUnavailable`, which hosts
 * answer with 503, or the error itself, which is a fault of ours. Conflicts are no errors: statements say ON CONFLICT.
 */
export const bounded = boundedTo(callTimeout)

const pool = (settings: DatabaseSettings, multiplex: boolean, connections: number) =>
  PgClient.make({
    url: settings.url,
    maxConnections: connections,
    applicationName: settings.applicationName,
    connectTimeout: Duration.seconds(5),
    multiplex,
    startupParameters: {
      statement_timeout: String(multiplex ? statementTimeout / 5 : statementTimeout),
      lock_timeout: "5000",
      idle_in_transaction_session_timeout: "30000",
      timezone: "UTC"
    }
  })

/** Connects, trying `maxRetries` times; the last failure is `DatabaseUnavailable`. */
export const database = (settings: DatabaseSettings) =>
  Layer.effect(
    Database,
    Effect.gen(function* () {
      const sql = yield* pool(settings, false, settings.maxConnections)
      const read = yield* pool(settings, true, 2)
      // Pools connect when they are first asked: only a statement tells whether the server is there.
      yield* Effect.retry(sql`SELECT 1`, {
        times: settings.maxRetries,
        schedule: Schedule.spaced(settings.retryInterval)
      })
      return Database.of({ sql, read })
    }).pipe(
      Effect.mapError((cause) => new DatabaseUnavailable({ cause })),
      Effect.provide(Reactivity.layer)
    )
  )
