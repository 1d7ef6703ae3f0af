import { DateTime } from "effect"
import { type BillingCycle, monthsOf } from "./plan.ts"

/** From the beginning to the end, which is the next one's beginning. */
export interface Period {
  readonly start: DateTime.Utc
  readonly end: DateTime.Utc
}

/**
 * So many months after the anchor, on its day and at its time; on the last day of the month where that has no such day.
 * Always counted from the anchor: 31 January is followed by 28 February and that by 31 March (30-subscriptions).
 */
export const monthsAfter = (anchor: DateTime.Utc, months: number): DateTime.Utc => {
  const { year, month, day, ...time } = DateTime.toPartsUtc(anchor)
  const counted = year * 12 + (month - 1) + months
  const [inYear, inMonth] = [Math.floor(counted / 12), (((counted % 12) + 12) % 12) + 1]
  const last = new Date(Date.UTC(inYear, inMonth, 0)).getUTCDate()
  return DateTime.makeUnsafe({
    year: inYear,
    month: inMonth,
    day: Math.min(day, last),
    hour: time.hour,
    minute: time.minute,
    second: time.second,
    millisecond: time.millisecond
  })
}

/** Whole months from the anchor to a moment: the greatest number whose boundary is not later than it. */
const wholeMonths = (anchor: DateTime.Utc, at: DateTime.Utc): number => {
  const [from, to] = [DateTime.toPartsUtc(anchor), DateTime.toPartsUtc(at)]
  const guess = (to.year - from.year) * 12 + (to.month - from.month)
  return DateTime.isGreaterThan(monthsAfter(anchor, guess), at) ? guess - 1 : guess
}

/** The period that begins at a boundary of the anchor. */
export const periodFrom = (anchor: DateTime.Utc, start: DateTime.Utc, cycle: BillingCycle): Period => ({
  start,
  end: monthsAfter(anchor, wholeMonths(anchor, start) + monthsOf(cycle))
})

/**
 * The period to be paid next at `at`, where the last one ended at `end`: the one after it, unless that is over as well.
 * Nobody pays for periods that passed without being billed.
 */
export const nextPeriod = (anchor: DateTime.Utc, end: DateTime.Utc, cycle: BillingCycle, at: DateTime.Utc): Period => {
  const step = monthsOf(cycle)
  const passed = Math.max(0, Math.floor((wholeMonths(anchor, at) - wholeMonths(anchor, end)) / step))
  return periodFrom(anchor, monthsAfter(anchor, wholeMonths(anchor, end) + passed * step), cycle)
}

/** Whole seconds from one moment to another; 0 where there are none. */
export const secondsBetween = (from: DateTime.Utc, to: DateTime.Utc): number =>
  Math.max(0, Math.floor((DateTime.toEpochMillis(to) - DateTime.toEpochMillis(from)) / 1000))
