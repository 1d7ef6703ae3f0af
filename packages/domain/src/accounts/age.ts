import { DateTime } from "effect"

/** Full years between a birthdate (`YYYY-MM-DD`) and a day in UTC. Somebody born on 29 February turns older on 1 March. */
export const ageOn = (birthdate: string, now: DateTime.Utc): number => {
  const [year = 0, month = 1, day = 1] = birthdate.split("-").map(Number)
  const today = DateTime.toPartsUtc(now)
  const hadBirthday = today.month > month || (today.month === month && today.day >= day)
  return today.year - year - (hadBirthday ? 0 : 1)
}
