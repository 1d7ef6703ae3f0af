import { Effect } from "effect"
import type { Consumer, EventEnvelope } from "@veza/domain/kernel"

const wants = <R>({ types }: Consumer<R>, event: EventEnvelope): boolean => types === "*" || types.includes(event.type)

/**
 * Delivers an event to every consumer that wants it, without a broker. One that fails does not keep it from the others;
 * then the whole delivery fails and is repeated, and the inboxes keep those that had it from acting twice.
 */
export const dispatchTo =
  <R>(consumers: ReadonlyArray<Consumer<R>>) =>
  (event: EventEnvelope): Effect.Effect<void, unknown, R> =>
    Effect.forEach(
      consumers.filter((consumer) => wants(consumer, event)),
      (consumer) => Effect.exit(consumer.handle(event))
    ).pipe(Effect.flatMap((exits) => Effect.forEach(exits, (exit) => exit, { discard: true })))
