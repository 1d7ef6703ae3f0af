import { Context, DateTime, Effect } from "effect"
import type { ApiKeyId, SessionId, UserId } from "../../kernel/index.ts"

/** One authenticated call (00-conventions, "Authentication of a request"). */
export interface AccessEntry {
  readonly id: string
  readonly at: DateTime.Utc
  readonly userId: UserId
  readonly sessionId: SessionId | undefined
  readonly keyId: ApiKeyId | undefined
  readonly ip: string
  readonly userAgent: string
  readonly method: string
  /** The declared path, never the raw one. */
  readonly route: string
  readonly status: number
  readonly requestId: string
}

/** The record of authenticated calls, kept by day (UTC). */
export class AccessLog extends Context.Service<
  AccessLog,
  {
    /** Writes all of them in one statement; one that was written before is left as it is. */
    readonly write: (entries: ReadonlyArray<AccessEntry>) => Effect.Effect<void>
    /** The calls of somebody, the oldest first, in pages: those behind `after`. */
    readonly of: (
      user: UserId,
      after: AccessEntry | undefined,
      limit: number
    ) => Effect.Effect<ReadonlyArray<AccessEntry>>
    /** Removes the calls of somebody; answers how many. */
    readonly forgetOf: (user: UserId) => Effect.Effect<number>
    /** Makes room for the day of `first` and those after it; answers how many of the `days` were new. */
    readonly prepareDays: (first: DateTime.Utc, days: number) => Effect.Effect<number>
    /** Drops the days that were over at `before`; answers how many. */
    readonly dropDays: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/platform/AccessLog") {}

export class AccessLogSettings extends Context.Service<
  AccessLogSettings,
  {
    /** Days for which a call is remembered (API_ACCESS_RETENTION_DAYS). */
    readonly retentionDays: number
  }
>()("@veza/domain/platform/AccessLogSettings") {}

/** Today, and so many days that nothing is wanting when the worker rests for a long weekend. */
const daysAhead = 4

/** Makes room for today's entries and those of the days to come; answers how many days were new. */
export const prepareAccessLog = Effect.fn("platform.prepareAccessLog")(function* () {
  return yield* (yield* AccessLog).prepareDays(yield* DateTime.now, daysAhead)
})

/** Job: makes room for the days to come and drops those whose time is over; answers how many days it dealt with. */
export const turnAccessLog = Effect.fn("platform.turnAccessLog")(function* () {
  const { retentionDays } = yield* AccessLogSettings
  const made = yield* prepareAccessLog()
  const before = DateTime.subtract(yield* DateTime.now, { days: retentionDays })
  return made + (yield* (yield* AccessLog).dropDays(before))
})
