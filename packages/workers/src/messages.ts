import { Duration, Effect, Latch, Metric } from "effect"
import { Distributor, messagesTopic, sendMessage, type SendReport } from "@veza/domain/distribution"
import { Changes } from "@veza/domain/kernel"

/** Messages that were put off, or that a dead worker held, are found without news after so long. */
const lookEvery = Duration.seconds(5)
const pauseAfterFault = Duration.seconds(5)

const messages = Metric.counter("veza_distribution_messages_total", {
  description: "Attempts at sending a message to a store, by store, kind and outcome",
  incremental: true
})
const durations = Metric.histogram("veza_distribution_message_duration_seconds", {
  description: "How long those attempts take",
  boundaries: [0.1, 0.5, 1, 5, 15, 60, 300]
})

const tell = ({ deliveryId, platform, kind, outcome, reason }: SendReport): Effect.Effect<void> => {
  const about = { delivery_id: deliveryId, platform, kind, outcome, ...(reason === undefined ? {} : { reason }) }
  if (outcome === "given_up") return Effect.logError("a store could not be reached; the delivery failed", about)
  return outcome === "put_off"
    ? Effect.logWarning("a store could not be reached; it is tried again later", about)
    : Effect.logInfo("message to a store", about)
}

/** Sends one message; false when none waits. */
const sendOne = Effect.fnUntraced(function* () {
  const [elapsed, report] = yield* Effect.timed(sendMessage())
  if (report === undefined) return false
  const { platform, kind, outcome } = report
  yield* Metric.update(Metric.withAttributes(messages, { platform, kind, outcome }), 1)
  yield* Metric.update(durations, Duration.toSeconds(elapsed))
  yield* tell(report)
  return true
})

const sendAll = Effect.fnUntraced(function* (news: Latch.Latch) {
  // Closed before looking: what is announced meanwhile opens it again.
  yield* news.close
  while (yield* sendOne());
  yield* Effect.timeoutOption(news.await, lookEvery)
})

/** Sends messages to stores until interrupted, one at a time in each worker. Without a way to them they wait. */
export const messagesToStores = Effect.fnUntraced(function* () {
  if ((yield* Distributor).platforms.length === 0) return
  const news = Latch.makeUnsafe(false)
  yield* (yield* Changes).follow(messagesTopic, () => {
    news.openUnsafe()
  })
  return yield* Effect.forever(
    Effect.catchCause(sendAll(news), (cause) =>
      Effect.andThen(Effect.logError("messages to stores cannot be sent", cause), Effect.sleep(pauseAfterFault))
    )
  )
}, Effect.scoped)
