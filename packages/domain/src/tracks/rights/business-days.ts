const dayLength = 86_400_000

/** Legal public holidays with a date of their own (5 U.S.C. §6103(a)), as month and day. */
const dated = new Set(["1-1", "6-19", "7-4", "11-11", "12-25"])

const isDated = (day: number): boolean => {
  const date = new Date(day * dayLength)
  return dated.has(`${date.getUTCMonth() + 1}-${date.getUTCDate()}`)
}

/** Those on a certain weekday of their month, and the days on which dated ones at a weekend are kept (§6103(b)). */
const isHoliday = (day: number): boolean => {
  const date = new Date(day * dayLength)
  const [month, inMonth, weekday] = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()]
  const which = Math.ceil(inMonth / 7)
  if (isDated(day)) return true
  if (weekday === 5) return isDated(day + 1)
  if (weekday === 4) return month === 11 && which === 4
  if (weekday !== 1) return false
  if (month === 5) return inMonth > 24
  return isDated(day - 1) || which === { 1: 3, 2: 3, 9: 1, 10: 2 }[month]
}

/** Is a day, counted in UTC since the epoch, neither at a weekend nor a federal holiday of the United States? */
export const isBusinessDay = (day: number): boolean => {
  const weekday = new Date(day * dayLength).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !isHoliday(day)
}

/** When the `count`th business day after the day of a moment is over; milliseconds since the epoch. */
export const endOfBusinessDay = (from: number, count: number): number => {
  let day = Math.floor(from / dayLength)
  for (let left = count; left > 0;) if (isBusinessDay(++day)) left--
  return (day + 1) * dayLength
}
