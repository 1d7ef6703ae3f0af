import { Schema, SchemaTransformation } from "effect"
import { textUpTo } from "@veza/domain/kernel"

const Digits = Schema.String.check(Schema.isPattern(/^\d{1,9}$/u, { expected: "a whole number in digits" }))

/** A whole number within bounds, as it travels in a query. */
export const wholeNumber = (minimum: number, maximum: number) =>
  Digits.pipe(
    Schema.decodeTo(
      Schema.Int.check(Schema.isBetween({ minimum, maximum })),
      SchemaTransformation.transform({ decode: Number, encode: String })
    )
  )
const positive = (maximum: number) => wholeNumber(1, maximum)

/** What every list takes (00-conventions, "Envelope"). `cursor` selects cursor style; empty, it begins it. */
export const listQuery = {
  page: Schema.optionalKey(positive(10_000)),
  limit: Schema.optionalKey(positive(100)),
  cursor: Schema.optionalKey(textUpTo(1024)),
  sort: Schema.optionalKey(textUpTo(64)),
  order: Schema.optionalKey(textUpTo(8))
}

export const Pagination = Schema.Struct({
  page: Schema.optionalKey(Schema.Int),
  limit: Schema.Int,
  total: Schema.optionalKey(Schema.Int),
  total_is_lower_bound: Schema.optionalKey(Schema.Boolean),
  has_next: Schema.Boolean,
  next_cursor: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Pagination" })

export const listOf = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({ list: Schema.Array(item), pagination: Pagination })
