import { Context, type Effect, Schema, type Scope } from "effect"
import type { EventEnvelope } from "../kernel/index.ts"

export class BrokerFailed extends Schema.TaggedError<BrokerFailed>()("BrokerFailed", { message: Schema.String }) {}

/** Carries events between processes (90-platform, "Events"). At least once: consumers keep an inbox. */
export class Broker extends Context.Service<
  Broker,
  {
    /** Ends when the broker has taken the event into its keeping. */
    readonly publish: (event: EventEnvelope) => Effect.Effect<void, BrokerFailed>
    /**
     * Hands the events of `types` to `handle` until the scope closes, in order for each aggregate. A failure gives the
     * event back; after repeated failures it is put aside.
     */
    readonly subscribe: <R>(
      consumer: string,
      types: ReadonlyArray<string> | "*",
      handle: (event: EventEnvelope) => Effect.Effect<void, unknown, R>
    ) => Effect.Effect<void, BrokerFailed, R | Scope.Scope>
  }
>()("@veza/domain/platform/Broker") {}
