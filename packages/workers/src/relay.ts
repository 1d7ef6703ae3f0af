import { Duration, Effect, Metric } from "effect"
import type { EventEnvelope } from "@veza/domain/kernel"
import { OutboxQueue, relayOnce } from "@veza/domain/platform"

const relayed = Metric.counter("veza_outbox_relayed_total", {
  description: "Events taken for delivery",
  incremental: true
})
const depth = Metric.gauge("veza_outbox_depth", { description: "Events that wait in the outbox" })
const age = Metric.gauge("veza_outbox_oldest_age_seconds", { description: "How long the oldest event has waited" })

const pauseAfterFault = Duration.seconds(1)
const measureEvery = Duration.seconds(10)

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

const measure = Effect.fnUntraced(function* () {
  const backlog = yield* (yield* OutboxQueue).backlog
  yield* Metric.update(depth, backlog.depth)
  yield* Metric.update(age, backlog.oldestAge)
})

/** Keeps the gauges of the outbox; −1 when the sample failed. */
export const measureBacklog = Effect.forever(
  Effect.andThen(
    Effect.catchCause(measure(), () => Effect.andThen(Metric.update(depth, -1), Metric.update(age, -1))),
    Effect.sleep(measureEvery)
  )
)
