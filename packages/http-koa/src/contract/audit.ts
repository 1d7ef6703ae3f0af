import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { textUpTo, UserId } from "@veza/domain/kernel"
import { AuditValue } from "@veza/domain/platform"
import { RequiresSignIn } from "./actors.ts"
import { ok } from "./envelope.ts"
import { failures } from "./errors.ts"
import { listOf, listQuery } from "./lists.ts"
import { privateRead, RouteRules } from "./rules.ts"
import { Timestamp } from "./timestamp.ts"

export const AuditEntryView = Schema.Struct({
  /** Its place in the chain, from 1 without a gap. */
  sequence: Schema.Int,
  id: Schema.String,
  at: Schema.DateTimeUtcFromString,
  /** Who did it; null for jobs and operators. */
  actor: Schema.NullOr(Schema.String),
  action: Schema.String,
  resource: Schema.String,
  resource_id: Schema.NullOr(Schema.String),
  ip: Schema.NullOr(Schema.String),
  user_agent: Schema.NullOr(Schema.String),
  request_id: Schema.NullOr(Schema.String),
  metadata: Schema.Record(Schema.String, AuditValue),
  /** SHA-256 over the entry and the hash of the one before, in hex. */
  hash: Schema.String
}).annotate({ identifier: "AuditEntry" })

const period = {
  /** Included. */
  from: Schema.optionalKey(Timestamp),
  /** Not included. */
  to: Schema.optionalKey(Timestamp)
}

const rules = privateRead({ auth: "A", duringMaintenance: true })

export const Audit = HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("logs", "/logs", {
      query: {
        ...listQuery,
        ...period,
        actor: Schema.optionalKey(UserId),
        action: Schema.optionalKey(textUpTo(100)),
        resource: Schema.optionalKey(textUpTo(100)),
        resource_id: Schema.optionalKey(textUpTo(100))
      },
      success: ok(listOf(AuditEntryView)),
      error: failures("Forbidden", "InvalidCursor", "PageTooDeep")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, rules)
      .annotate(OpenApi.Summary, "The audit trail, the latest first"),
    HttpApiEndpoint.get("stats", "/stats", {
      query: period,
      success: ok(
        Schema.Struct({
          from: Schema.DateTimeUtcFromString,
          to: Schema.DateTimeUtcFromString,
          total: Schema.Int,
          actions: Schema.Array(Schema.Struct({ action: Schema.String, count: Schema.Int }))
        })
      ),
      error: failures("Forbidden", "InvalidPeriod")
    })
      .middleware(RequiresSignIn)
      .annotate(RouteRules, rules)
      .annotate(OpenApi.Summary, "How often each action happened: the last 7 days unless told, 92 at most")
  )
  .prefix("/api/v1/admin/audit")
  .annotate(OpenApi.Title, "Audit")
