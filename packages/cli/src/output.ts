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

/** Columns of a terminal. */
const width = 80

/** Text of others in lines that fit a terminal, broken between words, each behind `indent`; without control characters. */
export const wrapped = (text: string, indent: string): ReadonlyArray<string> => {
  const room = width - indent.length
  const words = text
    .replaceAll(/\p{Cc}/gu, " ")
    .split(/\s+/u)
    .filter((word) => word !== "")
    .flatMap((word) => word.match(new RegExp(`.{1,${room}}`, "gsu")) ?? [])
  const lines = words.reduce<ReadonlyArray<string>>((done, word) => {
    const last = done.at(-1)
    return last === undefined || last.length + 1 + word.length > room
      ? [...done, word]
      : [...done.slice(0, -1), `${last} ${word}`]
  }, [])
  return lines.map((line) => indent + line)
}
