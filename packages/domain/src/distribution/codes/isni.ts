const pattern = /^\d{15}[\dX]$/u

/** The check character of fifteen digits: ISO 7064 MOD 11-2 (ISO 27729:2012 §4). */
export const isniCheckCharacter = (digits: string): string => {
  const rest = Array.from(digits).reduce((total, digit) => ((total + Number(digit)) * 2) % 11, 0)
  const check = (12 - rest) % 11
  return check === 10 ? "X" : String(check)
}

/** A number as people write it, `0000 0001 2150 090X`, without spaces and hyphens. */
export const normalIsni = (text: string): string => text.trim().replaceAll(/[-\s]/gu, "").toUpperCase()

/** Is this, once normal, an International Standard Name Identifier? */
export const isIsni = (text: string): boolean =>
  pattern.test(text) && isniCheckCharacter(text.slice(0, -1)) === text.at(-1)
