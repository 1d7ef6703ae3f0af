import { cellsOf, type Delimiter, delimiters } from "./cells.ts"
import { isCurrency } from "./currency.ts"

/** What a line of a statement says, whatever its columns are called. */
export type Field =
  | "period"
  | "platform"
  | "territory"
  | "isrc"
  | "upc"
  | "title"
  | "artist"
  | "quantity"
  | "amount"
  | "currency"
  | "statedCurrency"
  | "statedRate"

/** How one kind of statement is laid out: the names of its columns, in lower case, the likelier one first. */
export interface Layout {
  readonly name: string
  readonly columns: Readonly<Partial<Record<Field, ReadonlyArray<string>>>>
  /** Without these columns a file is not of this kind. */
  readonly required: ReadonlyArray<Field>
  /** Where no column says it. */
  readonly platform?: string
  /** The currency stands in the name of the amount's column, in brackets. */
  readonly currencyInHeader?: true
}

/**
 * The layouts that are understood. DistroKid: "Bank details", a TSV that names its currency in the header. TuneCore:
 * sales report, whose "Total Earned" is what is left after its own conversion. Spotify: the report to licensors.
 */
export const layouts: ReadonlyArray<Layout> = [
  {
    name: "distrokid",
    columns: {
      period: ["sale month"],
      platform: ["store"],
      territory: ["country of sale"],
      isrc: ["isrc"],
      upc: ["upc"],
      title: ["title"],
      artist: ["artist"],
      quantity: ["quantity"],
      amount: ["earnings"]
    },
    required: ["period", "platform", "territory", "isrc", "quantity", "amount"],
    currencyInHeader: true
  },
  {
    name: "tunecore",
    columns: {
      period: ["sales period"],
      platform: ["store name"],
      territory: ["country of sale"],
      isrc: ["optional isrc", "isrc"],
      upc: ["upc"],
      title: ["song title", "release title"],
      artist: ["artist"],
      quantity: ["# units sold", "units sold"],
      amount: ["total earned"],
      currency: ["currency"],
      statedCurrency: ["net sales currency"],
      statedRate: ["exchange rate"]
    },
    required: ["period", "platform", "territory", "isrc", "quantity", "amount", "currency"]
  },
  {
    name: "spotify",
    columns: {
      period: ["start date", "reporting period"],
      territory: ["country"],
      isrc: ["isrc"],
      upc: ["upc", "ean"],
      title: ["track name"],
      artist: ["artist name"],
      quantity: ["quantity"],
      amount: ["payable invoice"],
      currency: ["invoice currency"]
    },
    required: ["period", "territory", "isrc", "quantity", "amount", "currency"],
    platform: "spotify"
  }
]

/** A layout found in a header: in which column each field stands, what those columns are called, and the currency. */
export interface FoundLayout {
  readonly layout: Layout
  readonly at: Readonly<Partial<Record<Field, number>>>
  readonly header: ReadonlyArray<string>
  readonly currency: string | undefined
}

const bracketed = /^(.*?)\s*\(([a-z]{3})\)$/u
const tidy = (cell: string): string => cell.trim().replace(/\s+/gu, " ").toLowerCase()

const findIn = (layout: Layout, header: ReadonlyArray<string>): FoundLayout | undefined => {
  const names = header.map(tidy)
  const plain = layout.currencyInHeader === true ? names.map((name) => bracketed.exec(name)?.[1] ?? name) : names
  const at: Partial<Record<Field, number>> = {}
  const fields: ReadonlyArray<readonly [Field, ReadonlyArray<string>]> = fieldsOf(layout)
  for (const [field, candidates] of fields) {
    const name = candidates.find((candidate) => plain.includes(candidate))
    if (name === undefined) continue
    at[field] = plain.indexOf(name)
    // Of two columns of one name it cannot be told which is meant.
    if (plain.lastIndexOf(name) !== at[field]) return undefined
  }
  if (layout.required.some((field) => at[field] === undefined)) return undefined
  const currency = bracketed.exec(names[at.amount ?? -1] ?? "")?.[2]?.toUpperCase()
  if (layout.currencyInHeader === true && (currency === undefined || !isCurrency(currency))) return undefined
  return { layout, at, header: header.map((cell) => cell.trim()), currency }
}

const allFields: ReadonlyArray<Field> = [
  "period",
  "platform",
  "territory",
  "isrc",
  "upc",
  "title",
  "artist",
  "quantity",
  "amount",
  "currency",
  "statedCurrency",
  "statedRate"
]
const fieldsOf = ({ columns }: Layout) =>
  allFields.flatMap((field) => {
    const names = columns[field]
    return names === undefined ? [] : [[field, names] as const]
  })

/** The layout whose columns a header has; undefined when it is none that is understood. */
export const layoutOf = (header: ReadonlyArray<string>): FoundLayout | undefined => {
  for (const layout of layouts) {
    const found = findIn(layout, header)
    if (found !== undefined) return found
  }
  return undefined
}

/** Lines that may stand above the header: names, dates, addresses of who sends the statement. */
const maxPreamble = 20

/** Where the table begins and how it is written. */
export interface FoundTable extends FoundLayout {
  readonly delimiter: Delimiter
  /** Counted from 1. */
  readonly headerLine: number
}

/** Looks for a header that is understood among the first lines of a file, under each delimiter. */
export const findTable = (head: string): FoundTable | undefined => {
  const lines = head.split(/\r\n|\n|\r/u, maxPreamble + 1)
  for (const [index, line] of lines.entries()) {
    for (const delimiter of delimiters) {
      const cells = cellsOf(line, delimiter)
      const found = typeof cells === "string" ? undefined : layoutOf(cells)
      if (found !== undefined) return { ...found, delimiter, headerLine: index + 1 }
    }
  }
  return undefined
}
