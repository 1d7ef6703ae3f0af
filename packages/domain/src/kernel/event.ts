import { Context, type DateTime, type Effect, Schema } from "effect"
import type { Actor } from "./actor.ts"
import type { EventType } from "./event-types.ts"

/** Where an event was made: enough to audit it and to go on with its trace. */
export const EventContext = Schema.Struct({
  actor_id: Schema.NullOr(Schema.String),
  ip: Schema.NullOr(Schema.String),
  user_agent: Schema.NullOr(Schema.String),
  request_id: Schema.NullOr(Schema.String),
  /** The developer's key that was used, if one was. */
  api_key_id: Schema.optionalKey(Schema.String)
})
export type EventContext = typeof EventContext.Type

/**
 * A fact of the domain on its way to consumers. `aggregate` is the ordering key: events of one aggregate are handled
 * in the order they were written.
 */
export const EventEnvelope = Schema.Struct({
  id: Schema.String,
  type: Schema.String,
  aggregate: Schema.String,
  payload: Schema.Unknown,
  context: EventContext,
  occurred_at: Schema.DateTimeUtcFromString
})
export type EventEnvelope = typeof EventEnvelope.Type

/** What a use-case appends; id and time are added by the outbox. */
export interface NewEvent {
  readonly type: EventType
  readonly aggregate: string
  readonly payload: unknown
  readonly context: EventContext
}

/**
 * Events leave a use-case here, in the same transaction as the change they tell of (90-platform, "Events").
 * At least once, in order per aggregate.
 */
export class Outbox extends Context.Service<
  Outbox,
  { readonly append: (events: ReadonlyArray<NewEvent>) => Effect.Effect<void> }
>()("@veza/domain/kernel/Outbox") {}

/** What each consumer has already handled: makes "at least once" harmless. */
export class Inbox extends Context.Service<
  Inbox,
  {
    readonly seen: (consumer: string, eventId: string) => Effect.Effect<boolean>
    /** True exactly once for each consumer and event, however many try. Joins the current transaction. */
    readonly record: (consumer: string, eventId: string) => Effect.Effect<boolean>
    /** Forgets what was handled before `before`; answers how many. */
    readonly forget: (before: DateTime.Utc) => Effect.Effect<number>
  }
>()("@veza/domain/kernel/Inbox") {}

/** Context of an event made outside any request (jobs, consumers, the CLI). */
export const systemContext: EventContext = { actor_id: null, ip: null, user_agent: null, request_id: null }

/** The context of an event made by a request. */
export const contextOf = (actor: Actor, actorId?: string): EventContext => ({
  actor_id: actorId ?? (actor._tag === "SignedIn" ? actor.userId : null),
  ip: actor.origin.ip,
  user_agent: actor.origin.userAgent,
  request_id: actor.origin.requestId,
  ...(actor._tag === "SignedIn" && actor.by === "key" ? { api_key_id: actor.keyId } : {})
})
