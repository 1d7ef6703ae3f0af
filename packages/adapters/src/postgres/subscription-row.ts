import { Effect, Schema } from "effect"
import { Plan, Subscription } from "@veza/domain/subscriptions"

const time = Schema.NullOr(Schema.DateTimeUtcFromDate)

export const planColumns = `id, version, name, monthly_minor AS "monthlyMinor", yearly_minor AS "yearlyMinor", currency,
  trial_days AS "trialDays", rank, features, sold_from AS "soldFrom"`

const decodePlanRow = Schema.decodeUnknownEffect(
  Schema.Struct({ ...Plan.fields, soldFrom: Schema.DateTimeUtcFromDate })
)
/** Decoding has checked every field already, so the class need not; here and below. */
export const decodePlan = (row: unknown) =>
  Effect.map(decodePlanRow(row), (fields) => new Plan(fields, { disableChecks: true }))

export const subscriptionColumns = `id, user_id AS "userId", plan, plan_version AS "planVersion", cycle, status,
  anchor_at AS "anchorAt", period_start AS "periodStart", period_end AS "periodEnd", trial_ends_at AS "trialEndsAt",
  trial_reminded_at AS "trialRemindedAt", cancel_at_period_end AS "cancelAtPeriodEnd", next_plan AS "nextPlan",
  next_cycle AS "nextCycle", invoice_id AS "invoiceId", waiting_since AS "waitingSince", failed_at AS "failedAt", retries,
  created_at AS "createdAt", updated_at AS "updatedAt", ended_at AS "endedAt", revision`

const decodeRow = Schema.decodeUnknownEffect(
  Schema.Struct({
    ...Subscription.fields,
    anchorAt: Schema.DateTimeUtcFromDate,
    periodStart: time,
    periodEnd: time,
    trialEndsAt: time,
    trialRemindedAt: time,
    waitingSince: time,
    failedAt: time,
    createdAt: Schema.DateTimeUtcFromDate,
    updatedAt: Schema.DateTimeUtcFromDate,
    endedAt: time
  })
)
export const decodeSubscription = (row: unknown) =>
  Effect.map(decodeRow(row), (fields) => new Subscription(fields, { disableChecks: true }))
