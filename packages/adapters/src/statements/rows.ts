import { cellsOf, type Delimiter, type RawRow, type RowFault, type StatementFault } from "@veza/domain/royalties"

/** Characters of the longest row, and lines that it may go over: past either a quote was never closed. */
export const maxRow = 256 * 1024
const maxRowLines = 100

/** A file that stops being CSV. */
export class Malformed extends Error {
  readonly fault: StatementFault
  constructor(line: number, value: RowFault | "ROW_TOO_LONG") {
    super(value)
    this.fault = { line, column: null, code: "CSV_MALFORMED", value }
  }
}

const isBlank = (cells: ReadonlyArray<string>): boolean => cells.every((cell) => cell.trim() === "")

/** Puts the rows below a header together from the lines of a file, of which a quoted cell may go over several. */
export class Rows {
  readonly #delimiter: Delimiter
  readonly #columns: number
  readonly #headerLine: number
  #line = 0
  #open: { readonly line: number; readonly text: string } | undefined

  constructor(table: {
    readonly delimiter: Delimiter
    readonly header: ReadonlyArray<string>
    readonly headerLine: number
  }) {
    this.#delimiter = table.delimiter
    this.#columns = table.header.length
    this.#headerLine = table.headerLine
  }

  /** The row that ends with the next line of the file; undefined when none does, and for rows without a word. */
  read(text: string): RawRow | Malformed | undefined {
    this.#line++
    if (this.#line <= this.#headerLine) return undefined
    const open = this.#open
    const line = open?.line ?? this.#line
    const whole = open === undefined ? text : `${open.text}\n${text}`
    if (whole.length > maxRow) return new Malformed(line, "ROW_TOO_LONG")
    const cells = cellsOf(whole, this.#delimiter)
    if (cells === "QUOTE_NOT_CLOSED" && this.#line - line < maxRowLines) {
      this.#open = { line, text: whole }
      return undefined
    }
    if (typeof cells === "string") return new Malformed(line, cells)
    if (open !== undefined && this.#hasSwallowed(cells)) return new Malformed(line, "QUOTE_NOT_CLOSED")
    this.#open = undefined
    return isBlank(cells) ? undefined : { line, cells }
  }

  /** What is wrong when there is no further line. */
  end(): Malformed | undefined {
    return this.#open === undefined ? undefined : new Malformed(this.#open.line, "QUOTE_NOT_CLOSED")
  }

  /** From one stray quote to the next, whole rows can look like one cell: what holds as many delimiters as a row is none. */
  #hasSwallowed(cells: ReadonlyArray<string>): boolean {
    return cells.some((cell) => cell.includes("\n") && cell.split(this.#delimiter).length >= this.#columns)
  }
}
