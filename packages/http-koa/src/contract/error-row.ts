import { Schema, SchemaTransformation } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { Detail, type Failure } from "./envelope.ts"

/** How one kind of error leaves the house. */
export interface ErrorRow {
  readonly status: number
  readonly code: string
  /** Trying the very same again later may end otherwise, so the refusal is never kept for a retry. */
  readonly isTransient: boolean
  readonly render: (error: unknown) => {
    readonly body: Failure
    readonly headers: Readonly<Record<string, string>>
  }
}

interface Options<E> {
  readonly details?: (error: E) => ReadonlyArray<Detail>
  readonly headers?: (error: E) => Readonly<Record<string, string>>
  /** A 4xx that time or another request may undo; 429 and 5xx always are. */
  readonly transient?: true
  /** For errors whose fields travel as `details`: how the client makes the error again. */
  readonly fromWire?: (meta: Readonly<Record<string, unknown>>, details: ReadonlyArray<Detail>) => E
}

const rename = (change: (key: string) => string, fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [change(key), value]))
const snake = (key: string): string => key.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)
const camel = (key: string): string => key.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase())

const wireOf = <const Code extends string>(code: Code) =>
  Schema.Struct({
    success: Schema.Literal(false),
    data: Schema.Null,
    error: Schema.Struct({
      code: Schema.Literal(code),
      message: Schema.String,
      details: Schema.optionalKey(Schema.Array(Detail)),
      meta: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
      request_id: Schema.optionalKey(Schema.String)
    })
  })

/**
 * One row of the error table. The error's own fields travel as `meta` in snake case, or as `details` where `fromWire`
 * says how to read them back; so the typed client fails with the very class that the use-case failed with.
 */
export const row = <
  E extends { readonly _tag: string },
  Fields extends { readonly _tag: string },
  const Code extends string
>(
  schema: Schema.Codec<E, Fields> & { readonly identifier: string },
  status: number,
  code: Code,
  message: string | ((error: E) => string),
  options: Options<E> = {}
) => {
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeUnknownSync(schema)
  const is = Schema.is(schema)
  const body = (error: E) => {
    const { _tag, ...fields } = encode(error)
    const meta = options.fromWire === undefined ? rename(snake, fields) : {}
    const details = options.details?.(error)
    return {
      success: false as const,
      data: null,
      error: {
        code,
        message: typeof message === "string" ? message : message(error),
        ...(details === undefined ? {} : { details }),
        ...(Object.keys(meta).length === 0 ? {} : { meta })
      }
    }
  }
  const codec = wireOf(code).pipe(
    Schema.decodeTo(
      Schema.toType(schema),
      SchemaTransformation.transform({
        decode: ({ error }): E =>
          options.fromWire?.(error.meta ?? {}, error.details ?? []) ??
          decode({ _tag: schema.identifier, ...rename(camel, error.meta ?? {}) }),
        encode: body
      })
    ),
    HttpApiSchema.status(status)
  )
  return {
    status,
    code,
    isTransient: options.transient === true || status === 429 || status >= 500,
    codec,
    render: (error: unknown) => {
      if (!is(error)) throw new Error(`not an error of the row ${code}`)
      return { body: body(error), headers: options.headers?.(error) ?? {} }
    }
  }
}
