import type { ConfirmChannel, RecoveringChannelModel } from "amqplib"
import { Duration, Effect, Latch, Schema } from "effect"
import { EventEnvelope } from "@veza/domain/kernel"
import { brokerFailed } from "./connection.ts"
import { acquireChannel, keepOpen } from "./session.ts"
import { assertEventsExchange, eventsExchange } from "./topology.ts"

/** From the call to the broker's confirmation, waiting for a connection included. */
const confirmTimeout = Duration.seconds(10)

const encode = Schema.encodeEffect(Schema.fromJsonString(EventEnvelope))

const send = (channel: ConfirmChannel, event: EventEnvelope, content: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = {
      persistent: true,
      messageId: event.id,
      type: event.type,
      contentType: "application/json"
    }
    channel.publish(eventsExchange, event.type, Buffer.from(content), options, (error: unknown) =>
      error === null || error === undefined ? resolve() : reject(error)
    )
  })

/** Publishes over one confirm channel, which is opened anew whenever it was lost. */
export const makePublisher = Effect.fnUntraced(function* (connection: RecoveringChannelModel) {
  const available = Latch.makeUnsafe(false)
  let current: ConfirmChannel | undefined
  const hold = (channel: ConfirmChannel) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        current = channel
        available.openUnsafe()
      }),
      () =>
        Effect.sync(() => {
          available.closeUnsafe()
          current = undefined
        })
    )
  yield* keepOpen(
    "the publisher",
    Effect.gen(function* () {
      const { channel, closed } = yield* acquireChannel(() => connection.createConfirmChannel())
      yield* Effect.tryPromise({
        try: () => assertEventsExchange(channel),
        catch: brokerFailed("declaring the exchange")
      })
      yield* hold(channel)
      return closed
    })
  )
  const publishing = brokerFailed("publishing an event")
  const confirmed = (event: EventEnvelope, content: string) =>
    Effect.tryPromise({
      try: () => (current === undefined ? Promise.reject(new Error("no channel")) : send(current, event, content)),
      catch: publishing
    })
  return (event: EventEnvelope) =>
    encode(event).pipe(
      Effect.mapError(publishing),
      Effect.flatMap((content) => Effect.andThen(available.await, confirmed(event, content))),
      Effect.timeoutOrElse({
        duration: confirmTimeout,
        orElse: () => Effect.fail(publishing("no confirmation in time"))
      })
    )
})
