import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"

/** The envelope of a success (00-conventions). Handlers answer the data; the interpreter puts it in. */
export const ok = <S extends Schema.Constraint>(schema: S, status = 200) =>
  Schema.Struct({ success: Schema.Literal(true), data: schema, error: Schema.Null }).pipe(HttpApiSchema.status(status))

export const Detail = Schema.Struct({
  field: Schema.String,
  message: Schema.String,
  /** Stable, where a field may be at fault in several ways. */
  code: Schema.optionalKey(Schema.String),
  fix: Schema.optionalKey(Schema.String)
})
export type Detail = typeof Detail.Type

/** What a failure says on the wire, whatever its kind. */
export const Failure = Schema.Struct({
  success: Schema.Literal(false),
  data: Schema.Null,
  error: Schema.Struct({
    code: Schema.String,
    message: Schema.String,
    details: Schema.optionalKey(Schema.Array(Detail)),
    meta: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
    request_id: Schema.optionalKey(Schema.String)
  })
}).annotate({ identifier: "Failure" })
export type Failure = typeof Failure.Type

export const Message = Schema.Struct({ message: Schema.String })
