const namePattern = /^\d{11}$/u
const basePattern = /^I\d{10}$/u

/** The two check digits of the nine digits of an IPI name number: weights 10 to 2, modulo 101 (CISAC); undefined where
 * that would take three digits, for such numbers are not given out. */
export const ipiNameCheckDigits = (digits: string): string | undefined => {
  const rest = Array.from(digits).reduce((total, digit, at) => total + Number(digit) * (10 - at), 0) % 101
  const check = (101 - rest) % 101
  return check === 100 ? undefined : String(check).padStart(2, "0")
}

/** The check digit of the nine digits of an IPI base number: 2 and the digits weighted 1 to 9, modulo 10 (CISAC). */
export const ipiBaseCheckDigit = (digits: string): number => {
  const sum = Array.from(digits).reduce((total, digit, at) => total + Number(digit) * (at + 1), 2)
  return (10 - (sum % 10)) % 10
}

/** A number as people write it, `I-001068130-6` or `00014107338`, without its marks. */
export const normalIpi = (text: string): string =>
  text
    .trim()
    .replaceAll(/[-.\s]/gu, "")
    .toUpperCase()

/** Is this, once normal, an IPI name number or an IPI base number? */
export const isIpi = (text: string): boolean =>
  (namePattern.test(text) && ipiNameCheckDigits(text.slice(0, 9)) === text.slice(9)) ||
  (basePattern.test(text) && ipiBaseCheckDigit(text.slice(1, 10)) === Number(text.at(-1)))
