export const delimiters = ["\t", ",", ";"] as const
export type Delimiter = (typeof delimiters)[number]

/** Why a text is no row: a quoted cell goes on behind its end, or something stands between a cell's end and the next. */
export type RowFault = "QUOTE_NOT_CLOSED" | "QUOTE_MISPLACED"

const unquoted = (cell: string): string => {
  if (cell.length < 2 || !cell.startsWith('"') || !cell.endsWith('"')) return cell
  const inside = cell.slice(1, -1)
  return inside.replaceAll('""', "").includes('"') ? cell : inside.replaceAll('""', '"')
}

/** Where a quoted cell ends whose inside begins at `from`; doubled quotes are part of it. */
const closingQuote = (text: string, from: number): number => {
  let at = text.indexOf('"', from)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

/**
 * The cells of a row. Between commas and semicolons a cell that begins with a quote goes to the quote that closes it, line
 * breaks and delimiters included (RFC 4180); a quote further on is a character like others. Between tabs nothing is
 * quoted, because stores write titles there as they are: one that begins with a quote must not swallow what follows.
 * Quotes around a whole cell are taken off all the same.
 */
export const cellsOf = (text: string, delimiter: Delimiter): ReadonlyArray<string> | RowFault => {
  if (!text.includes('"')) return text.split(delimiter)
  if (delimiter === "\t") return text.split(delimiter).map(unquoted)
  const cells: Array<string> = []
  for (let at = 0; ; at++) {
    const isQuoted = text[at] === '"'
    const next = isQuoted ? closingQuote(text, at + 1) : text.indexOf(delimiter, at)
    if (isQuoted && next < 0) return "QUOTE_NOT_CLOSED"
    const end = next < 0 ? text.length : next
    cells.push(isQuoted ? text.slice(at + 1, end).replaceAll('""', '"') : text.slice(at, end))
    at = isQuoted ? end + 1 : end
    if (at >= text.length) return cells
    if (text[at] !== delimiter) return "QUOTE_MISPLACED"
  }
}
