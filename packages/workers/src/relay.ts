import { Duration, Effect, Metric } from "effect"
import type { EventEnvelope } from "@veza/domain/kernel"
import { makeRelay } from "@veza/domain/platform"

const relayed = Metric.counter("veza_outbox_relayed_total", {
  description: "Events taken for delivery",
  incremental: true
})

const pauseAfterFault = Duration.seconds(1)

/** Relays until interrupted; a database that is away is waited for. */
export const relay = Effect.fnUntraced(function* <R>(
  deliver: (event: EventEnvelope) => Effect.Effect<void, unknown, R>
) {
  const run = yield* makeRelay(deliver)
  return yield* Effect.forever(
    Effect.flatMap(run, (count) => Metric.update(relayed, count)).pipe(
      Effect.catchCause((cause) =>
        Effect.andThen(Effect.logError("the relay cannot work", cause), Effect.sleep(pauseAfterFault))
      )
    )
  )
}, Effect.scoped)
