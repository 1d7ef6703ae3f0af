import { type Decimal, maxScale, maxWholeDigits, toText } from "./decimal.ts"

/** What a file writes between whole and fraction. */
export type DecimalMark = "." | ","

export type NumberFault = "NUMBER_MALFORMED" | "NUMBER_AMBIGUOUS" | "NUMBER_TOO_LONG"

const shape = /^([+-]?)(\d[\d.,'\u00a0\u202f ]*|[.,]\d+)(?:[eE]([+-]?\d{1,2}))?$/u
const grouped = /^\d{1,3}(?:([.,'\u00a0\u202f ])\d{3})(?:\1\d{3})*$/u
const otherThan = (mark: DecimalMark): DecimalMark => (mark === "." ? "," : ".")

/** Whole and fraction of digits with marks; which mark is which may not be told from the digits alone. */
const divided = (digits: string, mark: DecimalMark): readonly [string, string] | NumberFault => {
  const at = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","))
  if (at < 0) return wholeOf(digits, "")
  const found = digits[at] === "," ? "," : "."
  const [before, behind] = [digits.slice(0, at), digits.slice(at + 1)]
  if (!/^\d*$/u.test(behind)) return "NUMBER_MALFORMED"
  const groups = grouped.exec(digits)
  if (groups !== null && groups[1] === found && !digits.startsWith("0")) {
    // 1,234,567 has two marks, so they separate thousands; of 1,234 that can be said only of the file's own point.
    if (digits.indexOf(found) !== at) return [digits.replaceAll(found, ""), ""]
    if (found !== mark) return "NUMBER_AMBIGUOUS"
  }
  if (before.includes(found)) return "NUMBER_MALFORMED"
  return wholeOf(before, behind, otherThan(found))
}

const wholeOf = (before: string, behind: string, separator?: DecimalMark): readonly [string, string] | NumberFault => {
  if (/^\d*$/u.test(before)) return [before, behind]
  const groups = grouped.exec(before)
  const isGrouped =
    groups !== null && (separator === undefined || !/[.,]/u.test(groups[1] ?? "") || groups[1] === separator)
  return isGrouped ? [before.replace(/\D/gu, ""), behind] : "NUMBER_MALFORMED"
}

/**
 * Reads a number as statements write it, exactly: decimal point or comma, thousands set apart, a sign or an accountant's
 * brackets, a spreadsheet's exponent. What could be two numbers (`1,234` in a file with points) is refused, not guessed.
 */
export const readNumber = (text: string, mark: DecimalMark): Decimal | NumberFault => {
  const bracketed = /^\((.+)\)$/u.exec(text)
  const [, sign, digits, exponent = "0"] = shape.exec(bracketed?.[1] ?? text) ?? []
  if (digits === undefined || (bracketed !== null && sign !== "")) return "NUMBER_MALFORMED"
  const parts = divided(digits, mark)
  if (typeof parts === "string") return parts
  const [whole, fraction] = parts
  if (whole.length + fraction.length > 60) return "NUMBER_TOO_LONG"
  const scale = fraction.length - Number(exponent)
  const all = BigInt(`0${whole}${fraction}`) * (scale < 0 ? 10n ** BigInt(-scale) : 1n)
  const isNegative = sign === "-" || bracketed !== null
  const decimal = { units: isNegative ? -all : all, scale: Math.max(0, scale) }
  const [before = "", behind = ""] = toText(decimal).replace("-", "").split(".")
  return before.length > maxWholeDigits || behind.length > maxScale ? "NUMBER_TOO_LONG" : decimal
}

/** What a number that was read says of the decimal mark of its file: that it is another one, or that it may be. */
export type Hint = "other" | "maybe_other"

/** A single mark tells: the file's own before three digits may stand between thousands, any other is a decimal mark. */
export const hintOf = (text: string, mark: DecimalMark): Hint | undefined => {
  const [, before = "", found, behind = ""] = /^[+(-]?([^.,]*)([.,])([^.,]*?)\)?$/u.exec(text) ?? []
  if (found === undefined) return undefined
  if (found !== mark) return "other"
  return /^[1-9]\d{0,2}$/u.test(before) && /^\d{3}$/u.test(behind) ? "maybe_other" : undefined
}
