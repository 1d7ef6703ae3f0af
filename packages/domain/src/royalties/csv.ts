/**
 * A cell of a CSV file (RFC 4180), always quoted. A text that a spreadsheet would take for a formula gets an apostrophe in
 * front (OWASP, "CSV Injection"); numbers of ours are numbers, whatever their sign.
 */
export const csvCell = (value: string | number | null): string => {
  if (value === null) return ""
  if (typeof value === "number") return String(value)
  const text = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/u.test(value) ? `'${value}` : value
  return `"${text.replaceAll('"', '""')}"`
}

/** Decimals that this house wrote: no formula, though they may begin with a minus. */
export const csvDecimal = (text: string): string => {
  if (!/^-?\d+(?:\.\d+)?$/u.test(text)) throw new Error("not a decimal")
  return text
}

export const csvLine = (cells: ReadonlyArray<string>): string => `${cells.join(",")}\r\n`
