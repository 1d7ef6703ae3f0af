import { Cause, Effect, Latch, Layer, Schedule, Semaphore } from "effect"
import type { EventEnvelope } from "@veza/domain/kernel"
import { Broker, BrokerFailed } from "@veza/domain/platform"

/** How many events may wait for one consumer before the broker refuses more. */
const capacity = 10_000
/** Tries before an event is put aside, and the pauses between them. */
const retry = { times: 4, schedule: Schedule.exponential("100 millis") }

/** What waits for one consumer. It outlives subscriptions, as a durable queue does. */
class ConsumerQueue {
  readonly types: ReadonlyArray<string> | "*"
  readonly waiting: Array<EventEnvelope> = []
  readonly news = Latch.makeUnsafe(false)
  /** One event at a time, however many subscribed under the same name: this keeps the order. */
  readonly turn = Semaphore.makeUnsafe(1)
  constructor(types: ReadonlyArray<string> | "*") {
    this.types = types
  }
  wants(event: EventEnvelope): boolean {
    return this.types === "*" || this.types.includes(event.type)
  }
  add(event: EventEnvelope): void {
    this.waiting.push(event)
    this.news.openUnsafe()
  }
  /** The event that is dealt with; it stays first until `finished`, so an interruption loses nothing. */
  first(): EventEnvelope | undefined {
    const [event] = this.waiting
    if (event === undefined) this.news.closeUnsafe()
    return event
  }
  finished(): void {
    this.waiting.shift()
  }
}

const putAside = (consumer: string, event: EventEnvelope, cause: Cause.Cause<unknown>) =>
  Effect.logError("event put aside", { consumer, event_id: event.id, event_type: event.type, error: String(cause) })

const handleFirst = <R>(
  consumer: string,
  queue: ConsumerQueue,
  handle: (event: EventEnvelope) => Effect.Effect<void, unknown, R>
) =>
  Effect.suspend(() => {
    const event = queue.first()
    if (event === undefined) return Effect.void
    return Effect.suspend(() => handle(event)).pipe(
      Effect.sandbox,
      Effect.retry(retry),
      Effect.catch((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.interrupt : putAside(consumer, event, cause))),
      Effect.andThen(Effect.sync(() => queue.finished()))
    )
  })

/** Carries events within this process, whose end they do not survive; the outbox keeps what was not handed over. */
export const brokerMemory = Layer.sync(Broker, () => {
  const queues = new Map<string, ConsumerQueue>()
  return Broker.of({
    publish: (event) =>
      Effect.suspend(() => {
        const wanting = [...queues.values()].filter((queue) => queue.wants(event))
        if (wanting.some((queue) => queue.waiting.length >= capacity)) {
          return Effect.fail(
            new BrokerFailed({ message: "The event could not be queued: a consumer is too far behind." })
          )
        }
        for (const queue of wanting) queue.add(event)
        return Effect.void
      }),
    subscribe: (consumer, types, handle) =>
      Effect.suspend(() => {
        const queue = queues.get(consumer) ?? new ConsumerQueue(types)
        queues.set(consumer, queue)
        const step = Effect.andThen(queue.news.await, queue.turn.withPermit(handleFirst(consumer, queue, handle)))
        return Effect.asVoid(Effect.forkScoped(Effect.forever(step)))
      })
  })
})
