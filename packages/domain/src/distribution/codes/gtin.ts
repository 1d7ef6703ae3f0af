/** Digits of a UPC-A (GTIN-12) or an EAN-13 (GTIN-13): what stores know a release by. */
const pattern = /^(?:\d{12}|\d{13})$/u

/** The check digit of the digits before it: weights 3 and 1 in turn from the right (GS1 General Specifications §7.9). */
export const gtinCheckDigit = (digits: string): number => {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 3 : 1), 0)
  return (10 - (sum % 10)) % 10
}

/**
 * A code as people write it, without spaces and hyphens. An EAN that begins with 0 is the UPC behind that, and kept as
 * that: it is one code.
 */
export const normalGtin = (text: string): string =>
  text
    .trim()
    .replaceAll(/[-\s]/gu, "")
    .replace(/^0(?=\d{12}$)/u, "")

/** Is this, once normal, a UPC or an EAN whose check digit is right? */
export const isGtin = (text: string): boolean =>
  pattern.test(text) && gtinCheckDigit(text.slice(0, -1)) === Number(text.at(-1))
