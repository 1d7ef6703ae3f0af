import { pipeline, Readable } from "node:stream"
import { stringify } from "csv-stringify"
import type { PersonalDataSection, PersonalRow, PersonalValue } from "@veza/domain/accounts"

async function* jsonLines(rows: AsyncIterable<PersonalRow>): AsyncGenerator<string> {
  let before = "[\n"
  for await (const row of rows) {
    yield before + JSON.stringify(row)
    before = ",\n"
  }
  yield before === "[\n" ? "[]\n" : "\n]\n"
}

/** The rows as one JSON list, a row on each line. */
export const jsonOf = (rows: AsyncIterable<PersonalRow>): Readable => Readable.from(jsonLines(rows))

const cell = (value: PersonalValue | undefined): string => {
  if (value === null || value === undefined) return ""
  return typeof value === "object" ? value.join("; ") : String(value)
}

async function* cells(rows: AsyncIterable<PersonalRow>, columns: ReadonlyArray<string>) {
  for await (const row of rows) yield columns.map((column) => cell(row[column]))
}

/**
 * The rows as CSV (RFC 4180) under a line of names. A text that a spreadsheet would take for a formula gets an apostrophe
 * in front (OWASP, "CSV Injection").
 */
export const csvOf = (rows: AsyncIterable<PersonalRow>, columns: PersonalDataSection["columns"]): Readable =>
  pipeline(
    Readable.from(cells(rows, columns)),
    stringify({
      header: true,
      columns: [...columns],
      escape_formulas: true,
      quoted: true,
      record_delimiter: "windows"
    }),
    // An error of either side destroys the other with it, and so reaches the reader.
    () => {}
  )
