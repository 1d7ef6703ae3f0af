import { Schema } from "effect"

/**
 * Text that every adapter stores and gives back unchanged: well-formed Unicode without NUL.
 * PostgreSQL refuses NUL, and UTF-8 cannot carry a lone surrogate.
 */
export const Text = Schema.String.check(
  Schema.makeFilter((value: string) => value.isWellFormed() && !value.includes("\0"), {
    expected: "well-formed text without NUL"
  })
)

/** Text of at most `max` UTF-16 code units. */
export const textUpTo = (max: number) => Text.check(Schema.isMaxLength(max))

/** Text with something to read in it: trimmed length 1 to `max`. */
export const nonBlankUpTo = (max: number) =>
  textUpTo(max).check(
    Schema.makeFilter((value: string) => value.trim().length > 0, { expected: "text that is not blank" })
  )
