import { Cause, Effect, Exit, Schema, SchemaIssue } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"
import { InvalidRequest } from "../contract/errors.ts"
import type { KoaContext } from "./exchange.ts"

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Reflection hands schemas out without their types; those of a contract need no services and may be used as they are. */
const asCodec = (schema: Schema.Top): Schema.Codec<unknown, unknown> => schema as never

type Reader = (input: unknown) => Exit.Exit<unknown, InvalidRequest>

/** Makes the reader of one part of a request; its faults name their fields. */
const reader = (schema: Schema.Top | undefined, part: string, closed = false): Reader | undefined => {
  if (schema === undefined) return undefined
  const decode = Schema.decodeUnknownExit(asCodec(schema), {
    errors: "all",
    onExcessProperty: closed ? "error" : "ignore"
  })
  return (input) =>
    Exit.mapError(
      decode(input),
      (error) =>
        new InvalidRequest({
          faults: formatIssues(error.issue).issues.map(({ path, message }) => ({
            field: path === undefined || path.length === 0 ? part : path.map(String).join("."),
            message: message === "Missing key" ? "is required" : message
          }))
        })
    )
}

type Endpoint = Pick<HttpApiEndpoint.Top, "params" | "query" | "headers" | "payload">

/**
 * Reads what an endpoint declares of a request: the first part with faults answers with all of its own. With `closedBody`
 * keys that are not declared are faults too.
 */
export const requestReader = (endpoint: Endpoint, closedBody: boolean) => {
  const params = reader(endpoint.params, "path")
  const query = reader(endpoint.query && Schema.toCodecArrayFromSingle(endpoint.query), "query")
  const headers = reader(endpoint.headers, "headers")
  const payload = reader(endpoint.payload.get("application/json")?.schemas[0], "body", closedBody)
  const parts = [
    ["params", params, (ctx: KoaContext) => ctx["params"]],
    ["query", query, (ctx: KoaContext) => ctx.query],
    ["headers", headers, (ctx: KoaContext) => ctx.req.headers],
    ["payload", payload, (_ctx: KoaContext, body: unknown) => body]
  ] as const
  const read = (ctx: KoaContext, body: unknown): Exit.Exit<Record<string, unknown>, InvalidRequest> => {
    const request: Record<string, unknown> = {}
    for (const [name, decode, part] of parts) {
      if (decode === undefined) continue
      const exit = decode(part(ctx, body))
      if (Exit.isFailure(exit)) return Exit.failCause(exit.cause)
      request[name] = exit.value
    }
    return Exit.succeed(request)
  }
  return { read, readsBody: payload !== undefined }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

export interface Reply {
  readonly status: number
  readonly body: string
  /** Of the body, where it is known already. */
  readonly etag?: string
}

/**
 * Writes the answers of an endpoint in their envelope. With `stable` the bytes of an answer that is the same object as
 * long as nothing changed are kept with it.
 */
export const replyWriter = (successes: ReadonlyMap<number, ReadonlyArray<Schema.Top>>, stable: boolean) => {
  const encoders = new Map(
    [...successes].flatMap(([status, [schema]]) =>
      schema === undefined ? [] : [[status, Schema.encodeUnknownExit(asCodec(schema))] as const]
    )
  )
  const usual = encoders.keys().next().value ?? 200
  const kept = new WeakMap<object, string>()
  return (ctx: KoaContext, data: unknown): Effect.Effect<Reply | undefined> => {
    // A raw handler that answered itself has no data left to send.
    if (data === undefined) return Effect.succeed(undefined)
    const status = encoders.has(ctx.status) ? ctx.status : usual
    const known = stable && isObject(data) ? kept.get(data) : undefined
    if (known !== undefined) return Effect.succeed({ status, body: known })
    const encode = encoders.get(status)
    if (encode === undefined) return Effect.succeed(undefined)
    const exit = encode({ success: true, data, error: null })
    if (Exit.isFailure(exit)) return Effect.die(Cause.squash(exit.cause))
    const body = JSON.stringify(exit.value)
    if (stable && isObject(data)) kept.set(data, body)
    return Effect.succeed({ status, body })
  }
}
