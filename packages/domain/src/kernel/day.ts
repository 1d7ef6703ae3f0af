import { DateTime, Option, Schema } from "effect"

const millisOfDay = 86_400_000

/** The day (UTC) of a moment; it is one of the calendar, so that need not be checked. */
export const dayOf = (at: DateTime.Utc): Day => Day.make(DateTime.formatIso(at).slice(0, 10), { disableChecks: true })

const isOfTheCalendar = (text: string): boolean =>
  Option.exists(DateTime.make(`${text}T00:00:00.000Z`), (at) => DateTime.formatIso(at).startsWith(text))

/** A day of the calendar, from the year 1000 on (RFC 3339 §5.6, `full-date`). Days are those of UTC. */
export const Day = Schema.String.check(
  Schema.isPattern(/^[1-9]\d{3}-\d{2}-\d{2}$/u, { expected: "a day such as 2030-12-31" }),
  Schema.makeFilter(isOfTheCalendar, { expected: "a day of the calendar" })
).pipe(Schema.brand("Day"))
export type Day = typeof Day.Type

/** The moment at which a day begins. */
export const startOf = (day: Day): DateTime.Utc => DateTime.makeUnsafe(`${day}T00:00:00.000Z`)

/** The day so many days after another; before it where `days` is negative. */
export const plusDays = (day: Day, days: number): Day => dayOf(DateTime.add(startOf(day), { days }))

/** So many days in a row, the first first. */
export const daysFrom = (first: Day, count: number): ReadonlyArray<Day> => {
  const begin = DateTime.toEpochMillis(startOf(first))
  return Array.from({ length: count }, (_, n) => dayOf(DateTime.makeUnsafe(begin + n * millisOfDay)))
}

/** How many days lie from one day to another; 0 for the same. */
export const daysBetween = (from: Day, to: Day): number =>
  (DateTime.toEpochMillis(startOf(to)) - DateTime.toEpochMillis(startOf(from))) / millisOfDay
