/** What would end an element, or be taken for something else than itself. */
const needsQuotes = /["\\{},\s]|^(?:null)?$/iu

const elementOf = (value: string | number | undefined): string => {
  if (value === undefined) return "NULL"
  if (typeof value === "number") return String(value)
  return needsQuotes.test(value) ? `"${value.replaceAll(/["\\]/gu, "\\$&")}"` : value
}

/**
 * An array as PostgreSQL reads it from a text (manual, "Array Input and Output Syntax"); undefined is NULL. A column of
 * many rows that travels so and is unnested costs the server half of what rows in JSON do.
 */
export const arrayText = (values: ReadonlyArray<string | number | undefined>): string =>
  `{${values.map(elementOf).join(",")}}`
