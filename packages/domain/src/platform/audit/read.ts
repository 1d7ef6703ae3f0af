import { DateTime, Duration, Effect, Schema } from "effect"
import { type Actor, type ListQuery, type ListSpec, planList, requirePermission } from "../../kernel/index.ts"
import { type AuditFilter, type AuditSort, AuditTrail } from "./ports.ts"

/** A period that ends before it begins, or is longer than can be counted. */
export class InvalidPeriod extends Schema.TaggedError<InvalidPeriod>()("InvalidPeriod", {}) {}

/** The longest period that is counted, in days. */
export const longestPeriod = 92
const usualPeriod = { days: 7 } as const

export const auditList: ListSpec<AuditSort> = { name: "audit", sorts: { at: "time" }, fallback: "at" }

/** The entries of the audit trail, for administrators; the latest first unless asked otherwise. */
export const listAuditEntries = Effect.fn("platform.listAuditEntries")(function* (
  actor: Actor,
  filter: AuditFilter,
  query: ListQuery
) {
  yield* requirePermission(actor, "audit.read")
  const plan = yield* planList(auditList, query, filter)
  return { plan, page: yield* (yield* AuditTrail).list(filter, plan) }
})

/** How often each action was entered in a period: the last seven days unless told, 92 days at most. */
export const auditStatistics = Effect.fn("platform.auditStatistics")(function* (
  actor: Actor,
  period: { readonly from?: DateTime.Utc | undefined; readonly to?: DateTime.Utc | undefined }
) {
  yield* requirePermission(actor, "audit.read")
  const to = period.to ?? (yield* DateTime.now)
  const from = period.from ?? DateTime.subtract(to, usualPeriod)
  const length = Duration.toMillis(Duration.days(longestPeriod))
  const span = DateTime.toEpochMillis(to) - DateTime.toEpochMillis(from)
  if (span <= 0 || span > length) return yield* new InvalidPeriod()
  return { from, to, actions: yield* (yield* AuditTrail).countByAction(from, to) }
})
