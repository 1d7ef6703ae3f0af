import { DateTime, Effect, Layer, Option } from "effect"
import { PlaySessions } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { dropWhere, get, keyOf, put } from "./tables.ts"

/** Transactions of the memory store are serial, so a session that is read in one is held. */
export const playSessionsMemory = Layer.effect(
  PlaySessions,
  Effect.map(Store, (store) =>
    PlaySessions.of({
      hold: (track, id) =>
        store.read((tables) => Option.fromNullishOr(get(tables, "playSessions", keyOf(track, id.toLowerCase())))),
      begin: (track, id, session) =>
        store.change((tables): readonly [boolean, Tables] => {
          const key = keyOf(track, id.toLowerCase())
          if (get(tables, "playSessions", key) !== undefined) return [false, tables]
          return [true, put(tables, "playSessions", key, session)]
        }),
      save: (track, id, session) =>
        store.change((tables) => [undefined, put(tables, "playSessions", keyOf(track, id.toLowerCase()), session)]),
      forget: (before) =>
        store.change((tables) =>
          dropWhere(tables, "playSessions", ({ beganAt }) => beganAt < DateTime.toEpochMillis(before))
        )
    })
  )
)
