import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo } from "@veza/domain/kernel"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { privateRead, privateWrite, publicRead, RouteRules } from "./rules.ts"

const operational = publicRead({ limit: "none", cache: "no-store", duringMaintenance: true })
const document = publicRead({ limit: "none", duringMaintenance: true })

const DependencyState = Schema.Struct({
  name: Schema.String,
  up: Schema.Boolean,
  required: Schema.Boolean,
  /** Milliseconds. */
  latency: Schema.NullOr(Schema.Finite),
  message: Schema.optionalKey(Schema.String)
})
export const Readiness = Schema.Struct({
  ready: Schema.Boolean,
  down: Schema.Array(Schema.String)
})

const plain = <const Identifier extends string>(
  identifier: Identifier,
  path: `/${string}`,
  type: string,
  description: string
) =>
  HttpApiEndpoint.get(identifier, path)
    .annotate(RouteRules, {
      ...document,
      raw: { totalCap: "30 seconds" },
      responses: { "200": { description, content: { [type]: {} } } }
    })
    .annotate(OpenApi.Summary, description)

export const Health = HttpApiGroup.make("health")
  .add(
    HttpApiEndpoint.get("health", "/health", { success: ok(Schema.Struct({ status: Schema.Literal("ok") })) })
      .annotate(RouteRules, operational)
      .annotate(OpenApi.Summary, "Answers while the process does"),
    HttpApiEndpoint.get("healthz", "/healthz", { success: ok(Schema.Struct({ status: Schema.Literal("ok") })) })
      .annotate(RouteRules, operational)
      .annotate(OpenApi.Summary, "Liveness: looks at nothing but itself"),
    HttpApiEndpoint.get("readyz", "/readyz", {
      success: [ok(Readiness), ok(Readiness, 503)]
    })
      .annotate(RouteRules, operational)
      .annotate(OpenApi.Summary, "Readiness: 503 with what is down, and from the moment a shutdown begins"),
    HttpApiEndpoint.get("status", "/status", {
      success: ok(
        Schema.Struct({
          status: Schema.Literals(["ok", "degraded"]),
          version: Schema.String,
          /** Seconds. */
          uptime: Schema.Finite,
          maintenance: Schema.Boolean,
          dependencies: Schema.Array(DependencyState)
        })
      )
    })
      .annotate(RouteRules, operational)
      .annotate(OpenApi.Summary, "Each dependency with its latency")
  )
  .annotate(OpenApi.Title, "Health")

export const Documents = HttpApiGroup.make("documents")
  .add(
    plain("metrics", "/metrics", "text/plain", "Metrics in Prometheus' text format"),
    plain("openapi", "/openapi.json", "application/json", "This document, OpenAPI 3.1"),
    HttpApiEndpoint.get("swagger", "/swagger/:file", { params: { file: textUpTo(64) } })
      .annotate(RouteRules, {
        ...document,
        raw: { totalCap: "30 seconds" },
        responses: { "200": { description: "The API page and its parts", content: { "text/html": {} } } }
      })
      .annotate(OpenApi.Summary, "The API page: /swagger/index.html")
  )
  .annotate(OpenApi.Title, "Documents")

const Maintenance = Schema.Struct({
  maintenance: Schema.Boolean,
  source: Schema.Literals(["env", "database"])
})

export const Admin = HttpApiGroup.make("admin")
  .add(
    HttpApiEndpoint.get("maintenance", "/maintenance", {
      success: ok(Maintenance),
      error: failures("Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateRead({ auth: "A", duringMaintenance: true }))
      .annotate(OpenApi.Summary, "Is the service under maintenance"),
    HttpApiEndpoint.put("setMaintenance", "/maintenance", {
      payload: Schema.Struct({ maintenance: Schema.Boolean }),
      success: ok(Maintenance),
      error: failures("Forbidden")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, privateWrite({ auth: "A", duringMaintenance: true }))
      .annotate(OpenApi.Summary, "Turn maintenance on or off for every process")
  )
  .prefix("/api/v1/admin")
  .annotate(OpenApi.Title, "Administration")
