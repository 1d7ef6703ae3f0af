import { DateTime, Schema } from "effect"
import { type Audited, type EventEnvelope, eventTypes } from "../../kernel/index.ts"

/** Whole numbers only: every store and every encoding agrees on them. */
export const AuditValue = Schema.Union([Schema.String, Schema.Int, Schema.Boolean])
export type AuditValue = typeof AuditValue.Type
export type AuditMetadata = Readonly<Record<string, AuditValue>>

/** What happened, who did it to what, and from where. */
export interface AuditContent {
  /** That of the event: the same event cannot be entered twice. */
  readonly id: string
  readonly at: DateTime.Utc
  /** Null for what no user did: jobs, consumers, operators. */
  readonly actor: string | null
  readonly action: string
  readonly resource: string
  readonly resourceId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
  readonly metadata: AuditMetadata
}

/** An entry at its place in the chain. Hashes are SHA-256 in lower-case hex. */
export interface AuditEntry extends AuditContent {
  /** 1 for the first entry, then without a gap. */
  readonly sequence: number
  readonly previous: string
  readonly hash: string
}

const decisions: ReadonlyMap<string, Audited | undefined> = new Map(Object.entries(eventTypes))

/** The events that leave an entry. */
export const auditedTypes: ReadonlyArray<string> = [...decisions].flatMap(([type, decided]) =>
  decided === undefined ? [] : [type]
)

const longest = 256
const isPayload = Schema.is(Schema.Record(Schema.String, Schema.Unknown))
const isValue = Schema.is(AuditValue)

/** The entry of an event, where it leaves one: only what was declared of its payload is kept, and the key used. */
export const entryOf = (event: EventEnvelope): AuditContent | undefined => {
  const decided = decisions.get(event.type)
  if (decided === undefined) return undefined
  const payload = isPayload(event.payload) ? event.payload : {}
  const id = decided.idIn === undefined ? undefined : payload[decided.idIn]
  const kept = decided.keeps.flatMap((key) => {
    const value = payload[key]
    return isValue(value) ? [[key, typeof value === "string" ? value.slice(0, longest) : value] as const] : []
  })
  const key = event.context.api_key_id
  return {
    id: event.id,
    at: event.occurred_at,
    actor: event.context.actor_id,
    action: event.type,
    resource: decided.resource,
    resourceId: typeof id === "string" ? id : null,
    ip: event.context.ip,
    userAgent: event.context.user_agent,
    requestId: event.context.request_id,
    metadata: { ...Object.fromEntries(kept), ...(key === undefined ? {} : { api_key_id: key }) }
  }
}
