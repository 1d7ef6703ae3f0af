import { Clock, DateTime, Effect, Layer } from "effect"
import { Inbox } from "@veza/domain/kernel"
import { Store } from "./store.ts"
import { dropWhere, get, keyOf, put } from "./tables.ts"

export const inboxMemory = Layer.effect(
  Inbox,
  Effect.map(Store, (store) =>
    Inbox.of({
      seen: (consumer, eventId) => store.read((tables) => get(tables, "inbox", keyOf(consumer, eventId)) !== undefined),
      record: (consumer, eventId) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          store.change((tables) => {
            const key = keyOf(consumer, eventId)
            return get(tables, "inbox", key) === undefined ? [true, put(tables, "inbox", key, now)] : [false, tables]
          })
        ),
      forget: (before) =>
        store.change((tables) => dropWhere(tables, "inbox", (at) => at < DateTime.toEpochMillis(before)))
    })
  )
)
