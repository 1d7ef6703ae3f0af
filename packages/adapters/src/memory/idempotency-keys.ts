import { DateTime, Effect, Layer, Option } from "effect"
import { type HeldKey, IdempotencyKeys, type IdempotencyScope, type Reservation } from "@veza/domain/platform"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { drop, dropWhere, get, keyOf, put } from "./tables.ts"

const idOf = ({ userId, route, key }: IdempotencyScope): string => keyOf(userId, route, key)

const isFree = (held: Rows["idempotencyKeys"], { at, fingerprint }: Reservation): boolean => {
  if (DateTime.isLessThanOrEqualTo(held.expiresAt, at)) return true
  const sameRequest = held.fingerprint === undefined || fingerprint === undefined || held.fingerprint === fingerprint
  return held.answer === undefined && sameRequest && DateTime.isLessThanOrEqualTo(held.leasedUntil, at)
}

export const idempotencyKeysMemory = Layer.effect(
  IdempotencyKeys,
  Effect.map(Store, (store) => {
    /** Changes the unanswered reservation of an attempt; answers whether there was one. */
    const change = (
      scope: IdempotencyScope,
      attempt: string,
      f: (row: Rows["idempotencyKeys"], tables: Tables) => Tables
    ) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "idempotencyKeys", idOf(scope))
        if (row === undefined || row.attempt !== attempt || row.answer !== undefined) return [false, tables]
        return [true, f(row, tables)]
      })

    return IdempotencyKeys.of({
      reserve: (scope, wanted) =>
        store.change((tables): readonly [Option.Option<HeldKey>, Tables] => {
          const held = get(tables, "idempotencyKeys", idOf(scope))
          if (held !== undefined && !isFree(held, wanted)) return [Option.some(held), tables]
          const { attempt, fingerprint, leasedUntil, expiresAt } = wanted
          const row = { userId: scope.userId, attempt, fingerprint, leasedUntil, answer: undefined, expiresAt }
          return [Option.none(), put(tables, "idempotencyKeys", idOf(scope), row)]
        }),
      renew: (scope, attempt, leasedUntil) =>
        Effect.asVoid(
          change(scope, attempt, (row, tables) => put(tables, "idempotencyKeys", idOf(scope), { ...row, leasedUntil }))
        ),
      complete: (scope, attempt, kept) =>
        change(scope, attempt, (row, tables) => put(tables, "idempotencyKeys", idOf(scope), { ...row, ...kept })),
      release: (scope, attempt) =>
        Effect.asVoid(change(scope, attempt, (_row, tables) => drop(tables, "idempotencyKeys", idOf(scope)))),
      forgetOf: (userId) =>
        Effect.asVoid(store.change((tables) => dropWhere(tables, "idempotencyKeys", (row) => row.userId === userId))),
      forget: (before) =>
        store.change((tables) =>
          dropWhere(tables, "idempotencyKeys", ({ expiresAt }) => DateTime.isLessThan(expiresAt, before))
        )
    })
  })
)
