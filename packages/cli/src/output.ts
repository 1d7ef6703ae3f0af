import { Console } from "effect"

/** Whether a command answers in JSON, for scripts; see `--json`. */
export interface Format {
  readonly json: boolean
}

/** Prints the outcome: one JSON value, or lines for people. */
export const print = (format: Format, value: unknown, lines: ReadonlyArray<string>) =>
  Console.log(format.json ? JSON.stringify(value, null, 2) : lines.join("\n"))

/** Two columns, the left one padded; fits 80 columns when the right one does. */
export const columns = (rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
}
