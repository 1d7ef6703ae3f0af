import { heading, type Report } from "./row.ts"

const width = 80

/** One block of the table: the title with its goals, and the figures below it. */
export const renderRow = ({ title, lines, goals }: Report): string => {
  const judged = goals.map(({ text, met }) => `  goal ${text}: ${met ? "met" : "MISSED"}`)
  return [title, ...lines.map((line) => `  ${line}`), ...judged].join("\n")
}

export const tableHead = (): string => {
  const rule = "-".repeat(width)
  return [`  ${heading}`, rule].join("\n")
}
