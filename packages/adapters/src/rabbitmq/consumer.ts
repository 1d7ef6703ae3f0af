import type { Channel, ConsumeMessage, RecoveringChannelModel } from "amqplib"
import { Deferred, Duration, Effect, Fiber, FiberSet, Option, Schema } from "effect"
import { EventEnvelope } from "@veza/domain/kernel"
import { brokerFailed } from "./connection.ts"
import { handleWithRetry, type RetryPolicy } from "./handling.ts"
import { acquireChannel, keepOpen } from "./session.ts"
import { assertConsumerQueue } from "./topology.ts"

/** Events one consumer holds at a time, and so how many aggregates it works on at once. */
const prefetch = 16
/** How long handlers under way may go on after their channel was lost; ended early, they would only start anew. */
const grace = Duration.seconds(30)
const closeTimeout = Duration.seconds(5)

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(EventEnvelope))

export interface Subscription<R> {
  readonly consumer: string
  readonly types: ReadonlyArray<string> | "*"
  readonly handle: (event: EventEnvelope) => Effect.Effect<void, unknown, R>
  readonly retry: RetryPolicy
}

/** Ends when `consume` was set up; `cancelled` is called when the broker ends it. Undone with the scope. */
const acquireConsumer = (
  channel: Channel,
  queue: string,
  deliver: (message: ConsumeMessage) => void,
  cancelled: () => void
) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => channel.consume(queue, (message) => (message === null ? cancelled() : deliver(message))),
      catch: brokerFailed("consuming")
    }),
    ({ consumerTag }) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => channel.cancel(consumerTag)),
          closeTimeout
        )
      )
  )

/** Handles what one channel delivers: an aggregate's events one after the other, different aggregates side by side. */
const makeDeliver = Effect.fnUntraced(function* <R>(
  channel: Channel,
  { consumer, types, handle, retry }: Subscription<R>,
  isOpen: () => boolean
) {
  const fibers = yield* FiberSet.make<void>()
  const run = yield* FiberSet.runtime(fibers)<R>()
  const last = new Map<string, Fiber.Fiber<void>>()

  // On a lost channel there is nothing to settle: the broker has taken the event back.
  const settle = (step: () => void) => Effect.sync(() => (isOpen() ? step() : undefined))
  const refuse = (message: ConsumeMessage) => settle(() => channel.nack(message, false, false))
  const accept = (message: ConsumeMessage) => settle(() => channel.ack(message))

  const work = (message: ConsumeMessage, event: EventEnvelope) =>
    handleWithRetry(consumer, event, handle, retry, isOpen).pipe(
      Effect.flatMap((outcome) => (outcome === "failed" ? refuse(message) : accept(message)))
    )
  const deliver = (message: ConsumeMessage): void => {
    const event = Option.getOrUndefined(decode(message.content.toString()))
    if (event === undefined) {
      const about = { consumer, message_id: String(message.properties.messageId) }
      run(Effect.andThen(Effect.logError("event put aside: it cannot be read", about), refuse(message)))
    } else if (types !== "*" && !types.includes(event.type)) {
      // A binding of an earlier version of this consumer.
      run(accept(message))
    } else {
      const before = last.get(event.aggregate)
      const turn = before === undefined ? Effect.void : Fiber.await(before)
      const fiber = run(Effect.andThen(turn, work(message, event)))
      last.set(event.aggregate, fiber)
      fiber.addObserver(() => last.get(event.aggregate) === fiber && last.delete(event.aggregate))
    }
  }
  return { deliver, idle: FiberSet.awaitEmpty(fibers) }
})

/** Subscribes, and again after every loss of the connection; ends when the consumer is set up for the first time. */
export const subscribeTo = <R>(connection: RecoveringChannelModel, subscription: Subscription<R>) =>
  keepOpen(
    `the consumer ${subscription.consumer}`,
    Effect.gen(function* () {
      const { channel, closed } = yield* acquireChannel(() => connection.createChannel())
      let open = true
      channel.once("close", () => (open = false))
      const queue = yield* Effect.tryPromise({
        try: async () => {
          const name = await assertConsumerQueue(channel, subscription.consumer, subscription.types)
          await channel.prefetch(prefetch)
          return name
        },
        catch: brokerFailed(`declaring the queue of ${subscription.consumer}`)
      })
      const { deliver, idle } = yield* makeDeliver(channel, subscription, () => open)
      const cancelled = Deferred.makeUnsafe<void>()
      yield* acquireConsumer(channel, queue, deliver, () => Deferred.doneUnsafe(cancelled, Effect.void))
      return Effect.race(closed, Deferred.await(cancelled)).pipe(
        Effect.andThen(Effect.timeoutOption(idle, grace)),
        Effect.asVoid
      )
    })
  )
