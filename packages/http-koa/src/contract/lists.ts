import { Schema } from "effect"

const positive = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

/** What every list takes (00-conventions, "Envelope"). `cursor` selects cursor style; empty, it begins it. */
export const listQuery = {
  page: Schema.optionalKey(positive(10_000)),
  limit: Schema.optionalKey(positive(100)),
  cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1024))),
  sort: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(64))),
  order: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(8)))
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
