import { Effect } from "effect"
import { type EventEnvelope, Inbox } from "./event.ts"
import { Transaction } from "./transaction.ts"

/** Somebody who acts on events. The name is the key of its inbox and of its queue: changing it replays history. */
export interface Consumer<R> {
  readonly name: string
  /** Event types it wants; `*` for all of them. */
  readonly types: ReadonlyArray<string> | "*"
  readonly handle: (event: EventEnvelope) => Effect.Effect<void, unknown, R>
}

/**
 * Handles an event whose effects reach outside the database (a mail, a file): skipped when it was handled before. A crash
 * between work and record repeats the work, so it must bear repetition.
 */
export const handleOnce = Effect.fnUntraced(function* <E, R>(
  consumer: string,
  event: EventEnvelope,
  work: Effect.Effect<void, E, R>
) {
  const inbox = yield* Inbox
  if (yield* inbox.seen(consumer, event.id)) return
  yield* work
  yield* inbox.record(consumer, event.id)
})

const recordThen = Effect.fnUntraced(function* <E, R>(consumer: string, id: string, work: Effect.Effect<void, E, R>) {
  if (yield* (yield* Inbox).record(consumer, id)) yield* work
})

/** Handles an event whose effects are rows only: exactly once, in one transaction with the record of it. */
export const handleAtomically = Effect.fnUntraced(function* <E, R>(
  consumer: string,
  event: EventEnvelope,
  work: Effect.Effect<void, E, R>
) {
  yield* (yield* Transaction).atomically(recordThen(consumer, event.id, work))
})
