import { Context, DateTime, Duration, Effect, FiberSet, Latch } from "effect"
import type { EventEnvelope } from "../kernel/index.ts"

/** An event taken from the outbox for delivery. */
export interface ClaimedEvent {
  readonly sequence: string
  /** How often delivery was tried, this time included. */
  readonly attempts: number
  readonly event: EventEnvelope
}

/** The relay's side of the outbox. */
export class OutboxQueue extends Context.Service<
  OutboxQueue,
  {
    /**
     * Takes up to `limit` due events under a lease of `leaseFor`, only the oldest of each aggregate: what comes behind
     * it waits until it is done. A lease that runs out is free for others.
     */
    readonly claim: (limit: number, leaseFor: Duration.Duration) => Effect.Effect<ReadonlyArray<ClaimedEvent>>
    /** Renews the lease of an event that is still being delivered. */
    readonly extend: (sequence: string, leaseFor: Duration.Duration) => Effect.Effect<void>
    readonly done: (sequence: string) => Effect.Effect<void>
    /** Gives an event back untried: whoever held it stops. */
    readonly release: (sequence: string) => Effect.Effect<void>
    readonly retryAt: (sequence: string, at: DateTime.Utc, error: string) => Effect.Effect<void>
    /** Puts an event aside that cannot be delivered, so that its aggregate goes on. */
    readonly bury: (sequence: string, error: string) => Effect.Effect<void>
    /** Ends when there may be something new, or after a second at the latest. */
    readonly awaitNews: Effect.Effect<void>
    /** How many events wait, and how long the oldest has, in seconds. */
    readonly backlog: Effect.Effect<{ readonly depth: number; readonly oldestAge: number }>
  }
>()("@veza/domain/platform/OutboxQueue") {}

/** Past this many tries an event is buried. With the back-off below that is after some 14 hours. */
export const maxDeliveryAttempts = 20

/** Seconds until try `attempts + 1`: doubling from one second up to two hours. */
export const deliveryBackoff = (attempts: number): number => Math.min(2 ** Math.max(0, attempts - 1), 7200)

/** As many are claimed as are delivered at once, so that every lease that is held is also renewed. */
const places = 8
const deliveryTimeout = Duration.minutes(10)
/** A dead worker's events wait this long; a living one renews its leases in time. */
const leaseFor = Duration.seconds(30)
const renewEvery = Duration.seconds(10)

const keepLease = (sequence: string) =>
  Effect.flatMap(OutboxQueue, (queue) =>
    Effect.forever(Effect.andThen(Effect.sleep(renewEvery), Effect.ignoreCause(queue.extend(sequence, leaseFor))))
  )

const settle = <R>(claimed: ClaimedEvent, deliver: (event: EventEnvelope) => Effect.Effect<void, unknown, R>) =>
  Effect.flatMap(OutboxQueue, (queue) =>
    deliver(claimed.event).pipe(
      Effect.timeout(deliveryTimeout),
      Effect.raceFirst(keepLease(claimed.sequence)),
      Effect.onInterrupt(() => queue.release(claimed.sequence)),
      Effect.matchCauseEffect({
        onSuccess: () => queue.done(claimed.sequence),
        onFailure: (cause) => {
          const message = String(cause).slice(0, 2000)
          const log = Effect.logWarning("event delivery failed", {
            event_id: claimed.event.id,
            event_type: claimed.event.type,
            attempts: claimed.attempts,
            error: message
          })
          return claimed.attempts >= maxDeliveryAttempts
            ? Effect.andThen(log, queue.bury(claimed.sequence, message))
            : Effect.flatMap(DateTime.now, (now) =>
                Effect.andThen(
                  log,
                  queue.retryAt(
                    claimed.sequence,
                    DateTime.add(now, { seconds: deliveryBackoff(claimed.attempts) }),
                    message
                  )
                )
              )
        }
      })
    )
  )

/**
 * Makes the relay, whose deliveries end with the scope. Each run takes what is due for the places that are free and begins
 * to deliver it; it answers how many events it took, and ends when there may be more. At least once, in order for each
 * aggregate (90-platform, "Events"); a failed delivery is tried again later with growing pauses. One that takes long, or
 * hangs, takes up its own place and keeps nobody else waiting.
 */
export const makeRelay = Effect.fnUntraced(function* <R>(
  deliver: (event: EventEnvelope) => Effect.Effect<void, unknown, R>
) {
  const queue = yield* OutboxQueue
  const underWay = yield* FiberSet.make<void>()
  const freed = Latch.makeUnsafe(false)
  let free = places
  // The place is free before anybody hears of it: the set lets go of a fiber only after it has ended.
  const leave = Effect.suspend(() => {
    free++
    return freed.open
  })
  const begin = Effect.fnUntraced(function* (claimed: ClaimedEvent) {
    free--
    yield* settle(claimed, deliver).pipe(
      // Its lease runs out, and it comes again.
      Effect.catchCause((cause) =>
        Effect.logError("an event could not be settled", { event_id: claimed.event.id }, cause)
      ),
      Effect.ensuring(leave),
      FiberSet.run(underWay)
    )
  })
  return Effect.gen(function* () {
    yield* freed.close
    const isFull = free === 0
    const claimed = isFull ? [] : yield* queue.claim(free, leaseFor)
    yield* Effect.forEach(claimed, begin, { discard: true })
    if (isFull) yield* freed.await
    else if (claimed.length === 0) yield* Effect.raceFirst(freed.await, queue.awaitNews)
    return claimed.length
  })
})
