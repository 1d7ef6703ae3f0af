import { Context, Schema, SchemaAST } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"
import { RequiresSession } from "./actors.ts"
import { Api } from "./api.ts"
import { errorTable, type ErrorTag, isErrorTag } from "./errors.ts"
import { RouteRules, type Rules } from "./rules.ts"

/** The parts of an OpenAPI operation that are completed here. */
interface Operation {
  parameters?: Array<{ name: string; in: string; schema: unknown; description?: string }>
  responses: Record<string, { readonly description: string; readonly content?: unknown }>
  requestBody?: unknown
  security?: Array<Record<string, ReadonlyArray<string>>>
}

const methodKey = (method: string) => method.toLowerCase()
const pathKey = (path: string): string => path.replace(/:(\w+)/gu, "{$1}").replace(/\/$/u, "") || "/"

/** Errors that the guards of a route give, by what it declares. */
const guardErrors = (rules: Rules, hasInput: boolean, hasBody: boolean): ReadonlyArray<ErrorTag> => [
  ...(hasInput || rules.idempotent === true ? (["InvalidRequest"] as const) : []),
  ...(rules.idempotent === true ? (["IdempotencyKeyInFlight", "IdempotencyKeyReused"] as const) : []),
  ...(hasBody ? (["BodyTooLarge", "UnsupportedMediaType"] as const) : []),
  ...(rules.auth === "P" || rules.auth === "O"
    ? []
    : ([
        "MissingCredentials",
        "InvalidToken",
        "InvalidApiKey",
        "TokenRevoked",
        "SessionExpired",
        "SessionUserMismatch"
      ] as const)),
  ...(rules.auth === "P" ? [] : (["InsufficientScope"] as const)),
  ...(rules.auth === "A" || rules.auth === "C" || rules.auth === "M" ? (["Forbidden"] as const) : []),
  ...(rules.auth === "M" ? (["SecondFactorRequired"] as const) : []),
  ...(rules.csrf === "none" ? [] : (["CsrfRefused"] as const)),
  ...(rules.limit === "none" ? [] : (["RateLimited"] as const)),
  ...(rules.duringMaintenance ? [] : (["UnderMaintenance"] as const)),
  ...(rules.limit === "none" ? [] : (["InternalError", "TemporarilyUnavailable"] as const)),
  ...(rules.raw === undefined && rules.limit !== "none" ? (["DeadlineExceeded"] as const) : [])
]

/** What lets a caller in: a key wherever the security of an account is not at stake, nothing where that is optional. */
const securityOf = (rules: Rules, inPerson: boolean): NonNullable<Operation["security"]> => [
  ...(rules.auth === "O" ? [{}] : []),
  { BearerAuth: [] },
  ...(inPerson ? [] : [{ ApiKeyAuth: [] }])
]

const addErrors = (operation: Operation, tags: ReadonlyArray<ErrorTag>) => {
  const byStatus = new Map<number, Set<string>>()
  for (const tag of tags) {
    const { status, code } = errorTable[tag]
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code))
  }
  for (const [status, codes] of byStatus) {
    operation.responses[String(status)] = {
      description: [...codes].toSorted().join(", "),
      content: {
        "application/json": {
          schema: {
            allOf: [
              { $ref: "#/components/schemas/Failure" },
              { properties: { error: { properties: { code: { enum: [...codes].toSorted() } } } } }
            ]
          }
        }
      }
    }
  }
}

const failureSchema = {
  type: "object",
  required: ["success", "data", "error"],
  properties: {
    success: { const: false },
    data: { type: "null" },
    error: {
      type: "object",
      required: ["code", "message", "request_id"],
      properties: {
        code: { type: "string", enum: [...new Set(Object.values(errorTable).map(({ code }) => code))].toSorted() },
        message: { type: "string" },
        details: {
          type: "array",
          items: {
            type: "object",
            required: ["field", "message"],
            properties: { field: { type: "string" }, message: { type: "string" }, fix: { type: "string" } }
          }
        },
        meta: { type: "object", description: "Its shape depends on the code" },
        request_id: { type: "string" }
      }
    }
  }
}

/** The optional header of routes that honour it; how long its answers are kept is told in 00-conventions. */
const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "Any text of your own, new for each thing you want done. The same request again within 24 hours gets the same answer, with Idempotency-Replayed: true.",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[ -~]*$" }
}

/** Parameters travel as strings; the document shows the type they are read as, which is what clients think in. */
const showDecoded = (operation: Operation, slot: "path" | "query", schema: Schema.Top | undefined): void => {
  if (schema === undefined) return
  const shown = Schema.toJsonSchemaDocument(Schema.toType(schema)).schema
  const properties: unknown = shown["properties"]
  if (typeof properties !== "object" || properties === null) return
  const byName = new Map(Object.entries(properties))
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in === slot && byName.has(parameter.name)) parameter.schema = byName.get(parameter.name)
  }
}

/** The errors an endpoint declares itself; those of the guards depend on its rules. */
const declaredErrors = (errors: ReadonlySet<Schema.Top>): ReadonlyArray<ErrorTag> =>
  [...errors].map(({ ast }) => SchemaAST.resolveIdentifier(ast) ?? "").filter(isErrorTag)

/** Forgets the answers that were generated for errors: they are written anew, in one shape. */
const withoutErrors = (responses: Operation["responses"]): Operation["responses"] =>
  Object.fromEntries(
    Object.entries(responses).filter(([, { description }]) => !description.split(" | ").some(isErrorTag))
  )

const referencesIn = (value: unknown): ReadonlyArray<string> =>
  [...(JSON.stringify(value) ?? "").matchAll(/"#\/components\/schemas\/([^"]+)"/gu)].map(([, name = ""]) => name)

/** The schemas that the paths lead to; those of replaced answers go. */
const reachable = (paths: unknown, schemas: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const kept = new Set<string>()
  const visit = (names: ReadonlyArray<string>) => {
    for (const name of names) {
      if (kept.has(name)) continue
      kept.add(name)
      visit(referencesIn(schemas[name]))
    }
  }
  visit(referencesIn(paths))
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => kept.has(name)))
}

/** The API document (OpenAPI 3.1), made from the declarations that serve. */
export const openApiDocument = (): object => {
  const document = OpenApi.fromApi(Api)
  const paths: Record<string, Record<string, Operation>> = JSON.parse(JSON.stringify(document.paths))
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, mergedAnnotations }) => {
      const rules = Context.get(mergedAnnotations, RouteRules)
      const operation = (paths[pathKey(endpoint.path)] ?? paths[endpoint.path.replace(/:(\w+)/gu, "{$1}")])?.[
        methodKey(endpoint.method)
      ]
      if (rules === undefined || operation === undefined) return
      const hasBody = endpoint.payload.size > 0
      const hasInput = hasBody || endpoint.params !== undefined || endpoint.query !== undefined
      showDecoded(operation, "path", endpoint.params)
      showDecoded(operation, "query", endpoint.query)
      operation.responses = withoutErrors(operation.responses)
      addErrors(operation, [...declaredErrors(endpoint.error), ...guardErrors(rules, hasInput, hasBody)])
      if (rules.idempotent === true) operation.parameters = [...(operation.parameters ?? []), idempotencyKey]
      if (rules.requestBody !== undefined) operation.requestBody = rules.requestBody
      if (rules.responses !== undefined) {
        delete operation.responses["204"]
        Object.assign(operation.responses, rules.responses)
      }
      if (rules.auth !== "P") operation.security = securityOf(rules, endpoint.middlewares.has(RequiresSession))
    }
  })
  return {
    ...document,
    paths,
    components: {
      ...document.components,
      schemas: reachable(paths, { ...document.components.schemas, Failure: failureSchema }),
      securitySchemes: {
        BearerAuth: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        ApiKeyAuth: { type: "apiKey", in: "header", name: "X-API-Key" }
      }
    }
  }
}
