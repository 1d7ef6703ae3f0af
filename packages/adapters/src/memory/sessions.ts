import { DateTime, Effect, Layer } from "effect"
import { Sessions } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, put } from "./tables.ts"

type SessionRow = Rows["sessions"]

const lives = (row: SessionRow): boolean => row.revoked === undefined
const latestFirst = (a: SessionRow, b: SessionRow): number =>
  DateTime.toEpochMillis(b.lastUsedAt) - DateTime.toEpochMillis(a.lastUsedAt)

/** Removes sessions and, as the foreign key does, their tokens. */
const forget = (tables: Tables, goes: (row: SessionRow) => boolean): readonly [number, Tables] => {
  const [count, rest] = dropWhere(tables, "sessions", goes)
  const [, clean] = dropWhere(rest, "refreshTokens", ({ sessionId }) => get(rest, "sessions", sessionId) === undefined)
  return [count, clean]
}

export const sessionsMemory = Layer.effect(
  Sessions,
  Effect.map(Store, (store) => {
    const update = (id: string, may: (row: SessionRow) => boolean, f: (row: SessionRow) => SessionRow) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "sessions", id)
        if (row === undefined || !lives(row) || !may(row)) return [false, tables]
        return [true, put(tables, "sessions", id, f(row))]
      })
    return Sessions.of({
      add: (session) =>
        store.change((tables) => [
          undefined,
          put(tables, "sessions", session.id, { ...session, lastUsedAt: session.createdAt, revoked: undefined })
        ]),
      revoke: (id, userId, reason, at) =>
        update(
          id,
          (row) => row.userId === userId,
          (row) => ({ ...row, revoked: { at, reason } })
        ),
      revokeAll: (userId, reason, at, except) =>
        store.change((tables) => {
          const ended = all(tables, "sessions").filter(
            (row) => row.userId === userId && lives(row) && row.id !== except
          )
          const after = ended.reduce(
            (before, row) => put(before, "sessions", row.id, { ...row, revoked: { at, reason } }),
            tables
          )
          return [ended.length, after]
        }),
      living: (userId, at) =>
        store.read((tables) =>
          all(tables, "sessions")
            .filter((row) => row.userId === userId && lives(row) && DateTime.isGreaterThan(row.expiresAt, at))
            .toSorted(latestFirst)
        ),
      extend: (id, expiresAt) =>
        Effect.asVoid(
          update(
            id,
            (row) => DateTime.isLessThan(row.expiresAt, expiresAt),
            (row) => ({ ...row, expiresAt })
          )
        ),
      markUsed: (id, at) =>
        Effect.asVoid(
          update(
            id,
            () => true,
            (row) => ({ ...row, lastUsedAt: at })
          )
        ),
      stamp: (id, at, withSecondFactor) =>
        Effect.asVoid(
          update(
            id,
            () => true,
            (row) => ({ ...row, authenticatedAt: at, secondFactorAt: withSecondFactor ? at : row.secondFactorAt })
          )
        ),
      count: (at) =>
        store.read(
          (tables) =>
            all(tables, "sessions").filter((row) => lives(row) && DateTime.isGreaterThan(row.expiresAt, at)).length
        ),
      forget: (before) =>
        store.change((tables) =>
          forget(
            tables,
            (row) =>
              DateTime.isLessThan(row.expiresAt, before) ||
              (row.revoked !== undefined && DateTime.isLessThan(row.revoked.at, before))
          )
        )
    })
  })
)
