import { DateTime } from "effect"

/** Days after the first failure on which a payment is tried again (30-subscriptions, "Renewal and dunning"). */
export const retryDays: ReadonlyArray<number> = [1, 3, 5, 7]

/** Days after a period's end during which whoever has not paid yet keeps the plan. */
export const graceDays = 7

/** Days after the first failure after which nothing more is waited for. */
const givenUpAfter = graceDays + 1

/** When the next retry is due where so many were made; undefined once all were. */
export const nextRetryAt = (failedAt: DateTime.Utc, retries: number): DateTime.Utc | undefined => {
  const days = retryDays[retries]
  return days === undefined ? undefined : DateTime.add(failedAt, { days })
}

/** How many retries are due by `at`; those that were missed are made up for by one. */
export const retriesDue = (failedAt: DateTime.Utc, at: DateTime.Utc): number =>
  retryDays.filter((days) => !DateTime.isGreaterThan(DateTime.add(failedAt, { days }), at)).length

/** When a subscription ends whose last payment has had no answer. */
export const givenUpAt = (failedAt: DateTime.Utc): DateTime.Utc => DateTime.add(failedAt, { days: givenUpAfter })

/** Until when whoever has not paid for the next period keeps the plan. */
export const graceEndsAt = (periodEnd: DateTime.Utc): DateTime.Utc => DateTime.add(periodEnd, { days: graceDays })
