import { Context, Effect, Exit, Layer, Semaphore } from "effect"
import type { Tables } from "./rows.ts"
import { emptyTables } from "./tables.ts"

/**
 * The committed tables, or what one transaction makes of them. Tables are persistent maps: a transaction begins with a
 * reference to them, and rolling back is forgetting its own.
 */
class Level {
  tables: Tables
  isOver = false
  readonly hooks: Array<() => void> = []
  /** One change or one transaction beneath this level at a time. */
  readonly turn = Semaphore.makeUnsafe(1)
  constructor(tables: Tables) {
    this.tables = tables
  }
}

/** The transaction that a fiber and its children are in, with the store it belongs to. */
const Current = Context.Reference<{ readonly root: Level; readonly level: Level } | undefined>(
  "@veza/adapters/memory/Current",
  { defaultValue: () => undefined }
)

/**
 * One in-memory database. Transactions are serial, nested ones are savepoints, and readers outside see only what was
 * committed.
 */
export class Store extends Context.Service<
  Store,
  {
    /** Reads within the current transaction. */
    readonly read: <A>(f: (tables: Tables) => A) => Effect.Effect<A>
    /** Reads what is committed, whatever transaction this is called in. */
    readonly readCommitted: <A>(f: (tables: Tables) => A) => Effect.Effect<A>
    /** Changes the tables; when `f` throws nothing changes. */
    readonly change: <A>(f: (tables: Tables) => readonly [A, Tables]) => Effect.Effect<A>
    readonly atomically: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    /** Runs `hook` when the outermost transaction commits; at once when there is none. */
    readonly afterCommit: (hook: () => void) => Effect.Effect<void>
  }
>()("@veza/adapters/memory/Store") {
  static readonly layer = Layer.sync(Store, () => {
    const root = new Level(emptyTables)
    const levelNow = Effect.map(Current, (current) => {
      const level = current?.root === root ? current.level : root
      if (level.isOver) throw new Error("The transaction is over: its fiber has outlived it.")
      return level
    })

    const end = (parent: Level, child: Level, committed: boolean) => {
      child.isOver = true
      if (!committed) return
      parent.tables = child.tables
      if (parent === root) for (const hook of child.hooks) hook()
      else parent.hooks.push(...child.hooks)
    }
    const within = <A, E, R>(parent: Level, work: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        const child = new Level(parent.tables)
        return Effect.onExit(Effect.provideService(work, Current, { root, level: child }), (exit) =>
          Effect.sync(() => end(parent, child, Exit.isSuccess(exit)))
        )
      })

    return Store.of({
      read: (f) => Effect.map(levelNow, (level) => f(level.tables)),
      readCommitted: (f) => Effect.sync(() => f(root.tables)),
      change: (f) =>
        Effect.flatMap(levelNow, (level) =>
          level.turn.withPermit(
            Effect.sync(() => {
              const [answer, tables] = f(level.tables)
              level.tables = tables
              return answer
            })
          )
        ),
      atomically: (work) => Effect.flatMap(levelNow, (level) => level.turn.withPermit(within(level, work))),
      afterCommit: (hook) =>
        Effect.map(levelNow, (level) => {
          if (level === root) hook()
          else level.hooks.push(hook)
        })
    })
  })
}
