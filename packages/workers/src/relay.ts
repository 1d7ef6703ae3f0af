import { Duration, Effect, Metric } from "effect"
import type { EventEnvelope } from "@veza/domain/kernel"
import { OutboxQueue, relayOnce } from "@veza/domain/platform"

const relayed = Metric.counter("veza_outbox_relayed_total", {
  description: "Events taken for delivery",
  incremental: true
})

const pauseAfterFault = Duration.seconds(1)

const awaitNews = Effect.flatMap(OutboxQueue, (queue) => queue.awaitNews)

const step = Effect.fnUntraced(function* <R>(deliver: (event: EventEnvelope) => Effect.Effect<void, unknown, R>) {
  const count = yield* relayOnce(deliver)
  yield* Metric.update(relayed, count)
  if (count === 0) yield* awaitNews
})

/** Relays until interrupted; a database that is away is waited for. */
export const relay = <R>(deliver: (event: EventEnvelope) => Effect.Effect<void, unknown, R>) =>
  Effect.forever(
    step(deliver).pipe(
      Effect.catchCause((cause) =>
        Effect.andThen(Effect.logError("the relay cannot work", cause), Effect.sleep(pauseAfterFault))
      )
    )
  )
