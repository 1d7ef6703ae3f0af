import { Effect, Option, Stream } from "effect"
import type { Key, UserId } from "../kernel/index.ts"
import { type AccessEntry, AccessLog, type AuditEntry, AuditTrail, IdempotencyKeys } from "../platform/index.ts"
import type { Export } from "./export.ts"
import { Exports } from "./export-ports.ts"
import {
  type Eraser,
  exportedTime,
  exportPage,
  inPages,
  type PersonalDataSection,
  type PersonalRow
} from "./personal-data.ts"

const exportRow = (made: Export): PersonalRow => ({
  id: made.id,
  status: made.status,
  size_bytes: made.sizeBytes,
  requested_at: exportedTime(made.requestedAt),
  ready_at: exportedTime(made.readyAt),
  expires_at: exportedTime(made.expiresAt)
})

const callRow = (call: AccessEntry): PersonalRow => ({
  at: exportedTime(call.at),
  method: call.method,
  route: call.route,
  status: call.status,
  session_id: call.sessionId ?? null,
  api_key_id: call.keyId ?? null,
  ip: call.ip,
  user_agent: call.userAgent,
  request_id: call.requestId
})

const auditRow = (entry: AuditEntry): PersonalRow => ({
  at: exportedTime(entry.at),
  action: entry.action,
  resource: entry.resource,
  resource_id: entry.resourceId,
  details: Object.entries(entry.metadata).map(([name, value]) => `${name}: ${value}`),
  ip: entry.ip,
  user_agent: entry.userAgent,
  request_id: entry.requestId
})

/** Page by page in the order of time, as the list for administrators goes. */
const auditRows = (trail: AuditTrail["Service"]) => (actor: UserId) =>
  Stream.paginate<Key | undefined, PersonalRow>(undefined, (key) =>
    Effect.map(
      trail.list({ actor }, { sort: "at", descending: false, limit: exportPage, start: { _tag: "After", key } }),
      ({ items, next }) => [items.map(auditRow), Option.fromUndefinedOr(next)]
    )
  )

/** What somebody did here, as far as it is written down. */
export const requestSections = Effect.gen(function* () {
  const exports = yield* Exports
  const calls = yield* AccessLog
  const trail = yield* AuditTrail
  const sections: ReadonlyArray<PersonalDataSection> = [
    {
      name: "exports",
      about: "the exports you asked for lately, this one among them",
      columns: ["id", "status", "size_bytes", "requested_at", "ready_at", "expires_at"],
      rows: (userId) => Stream.map(Stream.fromIterableEffect(exports.of(userId, exportPage)), exportRow)
    },
    {
      name: "api_calls",
      about: "your calls as far as they are remembered, 30 days unless the operator says otherwise",
      columns: "at method route status session_id api_key_id ip user_agent request_id".split(" "),
      rows: inPages(calls.of, callRow)
    },
    {
      name: "audit",
      about: "what you did that must stay provable; these entries outlive your account",
      columns: "at action resource resource_id details ip user_agent request_id".split(" "),
      rows: auditRows(trail)
    }
  ]
  return sections
})

/**
 * Answers kept for repeated requests go at once, calls at the end, where they have not aged out before. Entries of the
 * audit stay: each holds the hash of the one before, so none can be changed without breaking the proof of all others
 * (05-decisions, "Deletion after 30 days"). They name the account by its id, which by then is nobody's.
 */
export const requestEraser = Effect.gen(function* () {
  const calls = yield* AccessLog
  const answers = yield* IdempotencyKeys
  const eraser: Eraser = {
    atOnce: ({ userId }) => answers.forgetOf(userId),
    afterwards: () => Effect.void,
    finally: (userId) => Effect.andThen(answers.forgetOf(userId), calls.forgetOf(userId))
  }
  return eraser
})
