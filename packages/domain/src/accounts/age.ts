import { DateTime, Schema } from "effect"

/** A day that was or will be, from 1900 to 2099. */
export const Birthdate = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      /^(?:19|20)\d{2}-\d{2}-\d{2}$/u.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text,
    { expected: "a date such as 2001-12-31" }
  )
)

/** Full years between a birthdate (`YYYY-MM-DD`) and a day in UTC. Somebody born on 29 February turns older on 1 March. */
export const ageOn = (birthdate: string, now: DateTime.Utc): number => {
  const [year = 0, month = 1, day = 1] = birthdate.split("-").map(Number)
  const today = DateTime.toPartsUtc(now)
  const hadBirthday = today.month > month || (today.month === month && today.day >= day)
  return today.year - year - (hadBirthday ? 0 : 1)
}
