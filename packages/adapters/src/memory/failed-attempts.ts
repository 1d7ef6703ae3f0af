import { DateTime, Effect, Layer, Option } from "effect"
import { FailedAttempts, type Failures } from "@veza/domain/accounts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { drop, dropWhere, get, hex, put } from "./tables.ts"

const same = (a: Failures | undefined, b: Failures | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.count === b.count && DateTime.Equivalence(a.lastAt, b.lastAt)

export const failedAttemptsMemory = Layer.effect(
  FailedAttempts,
  Effect.map(Store, (store) =>
    FailedAttempts.of({
      of: (key) => store.read((tables) => Option.fromNullishOr(get(tables, "failedAttempts", hex(key)))),
      replace: (key, seen, next) =>
        store.change((tables): readonly [boolean, Tables] =>
          same(get(tables, "failedAttempts", hex(key)), seen)
            ? [true, put(tables, "failedAttempts", hex(key), next)]
            : [false, tables]
        ),
      clear: (key) => store.change((tables) => [undefined, drop(tables, "failedAttempts", hex(key))]),
      forget: (before) =>
        store.change((tables) => dropWhere(tables, "failedAttempts", (row) => DateTime.isLessThan(row.lastAt, before)))
    })
  )
)
