import { Schema } from "effect"

/** A calendar month, `YYYY-MM`: in what month something was sold. Texts of it sort by time. */
export const Period = Schema.String.check(
  Schema.isPattern(/^(?:19|20)\d{2}-(?:0[1-9]|1[0-2])$/u, { expected: "a month as YYYY-MM" })
).pipe(Schema.brand("Period"))
export type Period = typeof Period.Type
const isPeriod = Schema.is(Period)

const names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
const monthOf = (name: string): string => String(names.indexOf(name.slice(0, 3).toLowerCase()) + 1).padStart(2, "0")

const shapes: ReadonlyArray<readonly [RegExp, (match: RegExpExecArray) => string]> = [
  [/^(\d{4})[-/.](\d{2})(?:[-/.]\d{2}(?:[T ][\d:.Z+-]*)?)?$/u, ([, year, month]) => `${year}-${month}`],
  [/^(\d{4})(\d{2})(?:\d{2})?$/u, ([, year, month]) => `${year}-${month}`],
  [/^(\d{2})[-/.](\d{4})$/u, ([, month, year]) => `${year}-${month}`],
  [
    /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -](\d{4})$/iu,
    ([, month = "", year]) => `${year}-${monthOf(month)}`
  ]
]

/**
 * The month of a statement's cell: `2026-03`, `2026-03-15`, `202603`, `03/2026`, `March 2026`. A day with the month first
 * or last (`03/04/2026`) is not read: which one it is, cannot be told.
 */
export const periodOf = (text: string): Period | undefined => {
  for (const [shape, read] of shapes) {
    const match = shape.exec(text)
    const period = match === null ? undefined : read(match)
    if (period !== undefined && isPeriod(period)) return period
  }
  return undefined
}
