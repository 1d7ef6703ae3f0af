import type { Effect } from "effect"
import type { Consumer } from "@veza/domain/kernel"
import { auditConsumer, auditedTypes, recordEvent } from "@veza/domain/platform"

/** Enters events in the audit trail; nothing else extends its chain (05-decisions, "Audit"). */
export const auditEvents: Consumer<Effect.Services<ReturnType<typeof recordEvent>>> = {
  name: auditConsumer,
  types: auditedTypes,
  handle: recordEvent
}
