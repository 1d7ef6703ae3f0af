import { Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { Store } from "./store.ts"

type Listener = (key: string | undefined) => void

/** One process is all there is, so everybody hears of a change the moment it commits. */
export const changesMemory = Layer.effect(
  Changes,
  Effect.map(Store, (store) => {
    const listeners = new Map<string, Set<Listener>>()
    const listenersOf = (topic: string): Set<Listener> => {
      const known = listeners.get(topic) ?? new Set<Listener>()
      listeners.set(topic, known)
      return known
    }
    return Changes.of({
      announce: (topic, key) =>
        store.afterCommit(() => {
          for (const listener of listenersOf(topic)) listener(key)
        }),
      follow: (topic, listener) =>
        Effect.asVoid(
          Effect.acquireRelease(
            Effect.sync(() => listenersOf(topic).add(listener)),
            (known) => Effect.sync(() => known.delete(listener))
          )
        ),
      age: () => 0
    })
  })
)
