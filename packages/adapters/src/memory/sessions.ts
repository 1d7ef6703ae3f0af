import { DateTime, Effect, Layer } from "effect"
import { Sessions } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { get, put } from "./tables.ts"

type SessionRow = Rows["sessions"]

export const sessionsMemory = Layer.effect(
  Sessions,
  Effect.map(Store, (store) => {
    const update = (id: string, may: (row: SessionRow) => boolean, f: (row: SessionRow) => SessionRow) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "sessions", id)
        if (row === undefined || row.revoked !== undefined || !may(row)) return [false, tables]
        return [true, put(tables, "sessions", id, f(row))]
      })
    return Sessions.of({
      add: (session) =>
        store.change((tables) => [undefined, put(tables, "sessions", session.id, { ...session, revoked: undefined })]),
      revoke: (id, userId, reason, at) =>
        update(
          id,
          (row) => row.userId === userId,
          (row) => ({ ...row, revoked: { at, reason } })
        ),
      extend: (id, expiresAt) =>
        Effect.asVoid(
          update(
            id,
            (row) => DateTime.isLessThan(row.expiresAt, expiresAt),
            (row) => ({ ...row, expiresAt })
          )
        )
    })
  })
)
