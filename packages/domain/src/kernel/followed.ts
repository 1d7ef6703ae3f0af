import { Context, Effect, Latch, type Scope } from "effect"
import { Recent } from "./recent.ts"

/**
 * How this process hears that a followed value changed in the database (05-decisions, "Followed values"). The real
 * adapter listens for notifications and polls one small table of epochs, so that a lost notification costs half a
 * second and never the truth.
 */
export class Changes extends Context.Service<
  Changes,
  {
    /**
     * Says, within the current transaction, that `key` of `topic` changes with it; `undefined`: many keys at once.
     * Listeners of this process have heard of it before the transaction's effect returns; those of other processes
     * within the polling interval.
     */
    readonly announce: (topic: string, key: string | undefined) => Effect.Effect<void>
    /** Calls `listener` on every change until the scope closes; `undefined` means: any key may have changed. */
    readonly follow: (
      topic: string,
      listener: (key: string | undefined) => void
    ) => Effect.Effect<void, never, Scope.Scope>
    /** Milliseconds since the latest moment up to which this process surely heard of every committed change. */
    readonly age: () => number
  }
>()("@veza/domain/kernel/Changes") {}

/** A keyed cache whose entries are believed only while the process is in touch with the database. */
export interface FollowedCache<A, E, R> {
  readonly get: (key: string) => Effect.Effect<A, E, R>
  /** The entry of `key` where it may be trusted right now, without any effect. */
  readonly peek: (key: string) => A | undefined
}

/**
 * Caches what `load` answers, at most `capacity` entries (least recently used go first). An entry is dropped the moment
 * its key changes, and believed only while `Changes.age` is under `trustFor` milliseconds; past that every read loads.
 * A value loaded while its topic changed is answered but not kept.
 */
export const followedCache = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly topic: string
  readonly capacity: number
  readonly trustFor: number
  readonly load: (key: string) => Effect.Effect<A, E, R>
}): Effect.fn.Return<FollowedCache<A, E, R>, never, Changes | Scope.Scope> {
  const changes = yield* Changes
  const entries = new Recent<A>(options.capacity)
  let generation = 0
  yield* changes.follow(options.topic, (key) => {
    generation++
    if (key === undefined) entries.clear()
    else entries.delete(key)
  })
  const peek = (key: string): A | undefined => (changes.age() >= options.trustFor ? undefined : entries.get(key))
  const loadAndKeep = (key: string): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const before = generation
      return Effect.tap(options.load(key), (value) =>
        Effect.sync(() => {
          if (generation === before) entries.set(key, value)
        })
      )
    })
  return {
    peek,
    get: (key) => {
      const found = peek(key)
      return found === undefined ? loadAndKeep(key) : Effect.succeed(found)
    }
  }
})

/**
 * A single followed value, loaded before this effect returns and again after every change. While it cannot be loaded
 * the last known value stands, and loading is tried again every `retryEvery` milliseconds.
 */
export const followedValue = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly topic: string
  readonly load: Effect.Effect<A, E, R>
  readonly retryEvery: number
}): Effect.fn.Return<() => A, E, R | Changes | Scope.Scope> {
  const changes = yield* Changes
  const stale = Latch.makeUnsafe(false)
  yield* changes.follow(options.topic, () => {
    stale.openUnsafe()
  })
  let current = yield* options.load
  const reload = Effect.andThen(stale.close, options.load).pipe(
    Effect.map((value) => {
      current = value
    }),
    Effect.catchCause(() => Effect.andThen(Effect.sleep(options.retryEvery), stale.open))
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(stale.await, reload)))
  return () => current
})
