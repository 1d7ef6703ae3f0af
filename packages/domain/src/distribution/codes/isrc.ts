/** ISO 3901:2019: country code, registrant, year of reference, designation; no check digit. */
const pattern = /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/u
const prefixPattern = /^[A-Z]{2}[A-Z0-9]{3}$/u

/** Designations that one prefix has in a year. */
export const designationsPerYear = 100_000

/** A code as people write it, `US-S1Z-99-00001`, as it is kept: twelve characters without hyphens. */
export const normalIsrc = (text: string): string => text.trim().replaceAll(/[-\s]/gu, "").toUpperCase()

/** Is this, once normal, an ISRC? */
export const isIsrc = (text: string): boolean => pattern.test(text)

/** Is this the prefix of somebody who may make codes: country and registrant? */
export const isIsrcPrefix = (text: string): boolean => prefixPattern.test(text)

/** The code of a designation; `year` is the calendar year, of which the last two digits count. */
export const isrcOf = (prefix: string, year: number, designation: number): string =>
  `${prefix}${String(year % 100).padStart(2, "0")}${String(designation).padStart(5, "0")}`
