import { Schema } from "effect"

/** A date and time of RFC 3339 §5.6, with its offset, from the year 1000 on. */
export const Timestamp = Schema.String.check(
  Schema.isPattern(/^[1-9]\d{3}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/u, {
    expected: "a time such as 2030-12-31T23:59:59Z"
  })
).pipe(Schema.decodeTo(Schema.DateTimeUtcFromString))
