import { Schema } from "effect"
import { isCurrency } from "./currency.ts"
import { type Decimal, toText } from "./decimal.ts"
import type { Field, FoundTable } from "./layouts.ts"
import { type DecimalMark, type Hint, hintOf, type NumberFault, readNumber } from "./number-text.ts"
import { type Period, periodOf } from "./period.ts"
import { platformOf } from "./platform-name.ts"
import { territoryOf } from "./territory.ts"

export const FaultCode = Schema.Literals([
  "CSV_MALFORMED",
  "COLUMNS_MISSING",
  "COLUMNS_TOO_MANY",
  "PERIOD_MALFORMED",
  "PERIOD_IN_FUTURE",
  "PLATFORM_MISSING",
  "TERRITORY_UNKNOWN",
  "ISRC_MALFORMED",
  "UPC_MALFORMED",
  "RECORDING_MISSING",
  "QUANTITY_MALFORMED",
  "NUMBER_MALFORMED",
  "NUMBER_AMBIGUOUS",
  "NUMBER_TOO_LONG",
  "CURRENCY_UNKNOWN",
  "TEXT_MALFORMED"
])
export type FaultCode = typeof FaultCode.Type

/** Why a file is refused, at one place of it. */
export const StatementFault = Schema.Struct({
  /** Of the file, counted from 1, the header included. */
  line: Schema.Int,
  /** As the file's header names it; null where the whole line is meant. */
  column: Schema.NullOr(Schema.String),
  code: FaultCode,
  /** What stands there, cut off after 60 characters. */
  value: Schema.NullOr(Schema.String)
})
export type StatementFault = typeof StatementFault.Type

/** A row of the file as it is written. */
export interface RawRow {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** A line of a statement, understood. Refunds are negative. */
export interface StatementLine {
  readonly line: number
  readonly period: Period
  readonly platform: string
  readonly territory: string
  /** An ISRC without hyphens; of something sold as a whole, `UPC:` and its digits. */
  readonly recording: string
  readonly title: string
  readonly artist: string
  readonly quantity: number
  readonly currency: string
  readonly amount: Decimal
  /** The currency of the sale and the rate to `currency`, where the statement tells them. */
  readonly statedCurrency: string | null
  readonly statedRate: string | null
}

/** Stands before the UPC where a statement names no recording. */
export const upcMark = "UPC:"

const isrcShape = /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/u
const upcShape = /^\d{8,14}$/u
const maxText = 500
const maxQuantity = 1e9

/** At most so many code units, no half of a character at the end. */
const cut = (text: string, max: number): string =>
  text.length <= max ? text : text.slice(0, /[\ud800-\udbff]/u.test(text.charAt(max - 1)) ? max - 1 : max)

/** A text of its own: what is cut out of a larger one holds on to all of that, and faults are kept while a file is read. */
const copied = (text: string): string => [...text].join("")

const isKept = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

/** How a table's lines are read; made once for each file. `now` is the current month: nothing was sold later. */
export const lineReader = (table: FoundTable, now: Period) => {
  // Files that separate by semicolons do so because their comma is taken.
  const mark: DecimalMark = table.delimiter === ";" ? "," : "."
  const { at, header, layout } = table
  const hints = new Set<Hint>()

  return ({ line, cells }: RawRow): StatementLine | ReadonlyArray<StatementFault> => {
    const faults: Array<StatementFault> = []
    const cell = (field: Field): string => (cells[at[field] ?? -1] ?? "").trim()
    const refuse = (field: Field, code: FaultCode) => {
      faults.push({ line, column: header[at[field] ?? -1] ?? null, code, value: copied(cut(cell(field), 60)) })
      return undefined
    }
    const must = <A>(field: Field, code: FaultCode, read: (text: string) => A | undefined): A | undefined =>
      read(cell(field)) ?? refuse(field, code)
    const number = (field: Field): Decimal | undefined => {
      const read: Decimal | NumberFault = readNumber(cell(field), mark)
      if (typeof read === "string") return refuse(field, read)
      const hint = hintOf(cell(field), mark)
      if (hint === undefined) return read
      // In a file that writes both, what could be two numbers is not guessed.
      hints.add(hint)
      return hints.size > 1 ? refuse(field, "NUMBER_AMBIGUOUS") : read
    }

    // Somewhere in such a line a delimiter is missing, or is part of a text: every cell behind it stands in a wrong column.
    const isLonger = cells.length > header.length && cells.slice(header.length).some((text) => text.trim() !== "")
    if (cells.length < header.length || isLonger) {
      const code = isLonger ? "COLUMNS_TOO_MANY" : "COLUMNS_MISSING"
      return [{ line, column: null, code, value: `${cells.length} of ${header.length}` }]
    }
    if (!cells.every(isKept)) return [{ line, column: null, code: "TEXT_MALFORMED", value: null }]

    const period = must("period", "PERIOD_MALFORMED", periodOf)
    if (period !== undefined && period > now) refuse("period", "PERIOD_IN_FUTURE")
    const platform = layout.platform ?? must("platform", "PLATFORM_MISSING", (text) => platformOf(text) || undefined)
    const territory = must("territory", "TERRITORY_UNKNOWN", territoryOf)
    const recording = recordingOf(cell("isrc"), cell("upc"), refuse)
    const quantity = number("quantity")
    const units = quantity === undefined ? undefined : Number(toText(quantity))
    if (units !== undefined && (!Number.isInteger(units) || Math.abs(units) > maxQuantity)) {
      refuse("quantity", "QUANTITY_MALFORMED")
    }
    const amount = number("amount")
    const currency =
      table.currency ?? must("currency", "CURRENCY_UNKNOWN", (text) => (isCurrency(text) ? text : undefined))
    const rate = cell("statedRate") === "" ? null : number("statedRate")
    const statedCurrency =
      cell("statedCurrency") === ""
        ? null
        : must("statedCurrency", "CURRENCY_UNKNOWN", (text) => (isCurrency(text) ? text : undefined))

    if (
      faults.length > 0 ||
      period === undefined ||
      platform === undefined ||
      territory === undefined ||
      recording === undefined ||
      units === undefined ||
      amount === undefined ||
      currency === undefined ||
      rate === undefined ||
      statedCurrency === undefined
    ) {
      return faults
    }
    return {
      line,
      period,
      platform,
      territory,
      recording,
      title: cut(cell("title"), maxText),
      artist: cut(cell("artist"), maxText),
      quantity: units,
      currency,
      amount,
      statedCurrency,
      statedRate: rate === null ? null : toText(rate)
    }
  }
}

const recordingOf = (isrc: string, upc: string, refuse: (field: Field, code: FaultCode) => undefined) => {
  if (isrc !== "") {
    const code = isrc.replace(/[\s-]/gu, "").toUpperCase()
    return isrcShape.test(code) ? code : refuse("isrc", "ISRC_MALFORMED")
  }
  if (upc === "") return refuse("isrc", "RECORDING_MISSING")
  return upcShape.test(upc) ? `${upcMark}${upc}` : refuse("upc", "UPC_MALFORMED")
}
