import { Cause, Duration, Effect, Schedule } from "effect"
import type { EventEnvelope } from "@veza/domain/kernel"

/** How often and after which pauses an event is tried again before it is put aside. */
export interface RetryPolicy {
  readonly times: number
  /** Before the first new try; each following pause is twice as long. */
  readonly firstPause: Duration.Duration
}

/**
 * About 50 seconds together. The broker takes an event back that is not settled within half an hour, and up to a
 * prefetch of one aggregate waits its turn behind a failing one.
 */
export const defaultRetry: RetryPolicy = { times: 9, firstPause: Duration.millis(100) }

/** As long as the relay allows a delivery to take. */
const handleTimeout = Duration.minutes(10)

/** `dropped`: the broker has taken the event back meanwhile and hands it out again. */
export type Outcome = "handled" | "failed" | "dropped"

/**
 * Handles an event, trying again in place: given back to the queue it would be overtaken by later events of its
 * aggregate. `isOurs` turns false when the channel is lost that the event came through.
 */
export const handleWithRetry = <R>(
  consumer: string,
  event: EventEnvelope,
  handle: (event: EventEnvelope) => Effect.Effect<void, unknown, R>,
  { times, firstPause }: RetryPolicy,
  isOurs: () => boolean
): Effect.Effect<Outcome, never, R> => {
  const about = { consumer, event_id: event.id, event_type: event.type }
  const attempt = Effect.suspend(() => handle(event)).pipe(
    Effect.timeout(handleTimeout),
    Effect.sandbox,
    Effect.tapError((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : Effect.logWarning("event handling failed", { ...about, error: String(cause).slice(0, 2000) })
    )
  )
  return Effect.suspend(() => {
    if (!isOurs()) return Effect.succeed<Outcome>("dropped")
    return attempt.pipe(
      Effect.retry({
        times,
        schedule: Schedule.exponential(firstPause),
        while: (cause) => isOurs() && !Cause.hasInterruptsOnly(cause)
      }),
      Effect.matchEffect({
        onSuccess: () => Effect.succeed<Outcome>("handled"),
        onFailure: (cause): Effect.Effect<Outcome> => {
          if (!isOurs()) return Effect.succeed("dropped")
          if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
          return Effect.as(Effect.logError("event put aside", about), "failed")
        }
      })
    )
  })
}
