import { DateTime, Effect, Layer } from "effect"
import { Ids, type NewEvent, Outbox } from "@veza/domain/kernel"
import { OutboxNews } from "./outbox-news.ts"
import { Store } from "./store.ts"
import { put } from "./tables.ts"

/** A payload as it comes back from storage: plain JSON, cut off from the object it was made of. */
const stored = (payload: unknown): unknown => JSON.parse(JSON.stringify(payload))

/** Appends in the current transaction; the relay is woken when it commits. */
export const outboxMemory = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const store = yield* Store
    const ids = yield* Ids
    const news = yield* OutboxNews
    let sequence = 0

    const appendOne = Effect.fnUntraced(function* (event: NewEvent, now: DateTime.Utc) {
      const id = yield* ids.row
      yield* store.change((tables) => {
        sequence++
        return [
          undefined,
          put(tables, "outbox", String(sequence), {
            sequence,
            event: { ...event, payload: stored(event.payload), id, occurred_at: now },
            attempts: 0,
            availableAt: DateTime.toEpochMillis(now),
            leasedUntil: 0,
            lastError: undefined
          })
        ]
      })
    })
    return Outbox.of({
      append: Effect.fnUntraced(function* (events) {
        const now = yield* DateTime.now
        yield* Effect.forEach(events, (event) => appendOne(event, now), { discard: true })
        yield* store.afterCommit(() => {
          news.openUnsafe()
        })
      })
    })
  })
)
