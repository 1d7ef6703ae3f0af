import { Effect } from "effect"
import { type EventEnvelope, handleAtomically } from "../../kernel/index.ts"
import { tie } from "./chain.ts"
import { type AuditContent, entryOf } from "./entry.ts"
import { AuditTrail, Sha256 } from "./ports.ts"

/** The inbox of the trail. */
export const auditConsumer = "audit"

const extend = Effect.fnUntraced(function* (content: AuditContent) {
  const trail = yield* AuditTrail
  const entry = tie(content, yield* trail.lockHead, yield* Sha256)
  if (!(yield* trail.append(entry))) return yield* Effect.die(new Error("the audit trail grew under its own lock"))
})

/** Enters an event in the audit trail, once however often it is delivered (05-decisions, "Audit"). */
export const recordEvent = Effect.fn("platform.recordEvent")(function* (event: EventEnvelope) {
  const content = entryOf(event)
  if (content !== undefined) yield* handleAtomically(auditConsumer, event, extend(content))
})
