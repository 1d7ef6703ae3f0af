import { DateTime, Effect, Layer, Option } from "effect"
import { type LoginChallenge, LoginChallenges } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { dropWhere, get, hex, put } from "./tables.ts"

const living = (tables: Tables, digest: Uint8Array, at: DateTime.Utc): Rows["loginChallenges"] | undefined => {
  const row = get(tables, "loginChallenges", hex(digest))
  return row !== undefined && !row.used && DateTime.isGreaterThan(row.expiresAt, at) ? row : undefined
}

export const loginChallengesMemory = Layer.effect(
  LoginChallenges,
  Effect.map(Store, (store) =>
    LoginChallenges.of({
      add: ({ digest, ...challenge }) =>
        store.change((tables) => [
          undefined,
          put(tables, "loginChallenges", hex(digest), { ...challenge, attempts: 0, used: false })
        ]),
      attempt: (digest, limit, at) =>
        store.change((tables): readonly [Option.Option<LoginChallenge>, Tables] => {
          const row = living(tables, digest, at)
          if (row === undefined || row.attempts >= limit) return [Option.none(), tables]
          const { userId, rememberMe } = row
          const counted = put(tables, "loginChallenges", hex(digest), { ...row, attempts: row.attempts + 1 })
          return [Option.some({ userId, rememberMe }), counted]
        }),
      consume: (digest, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const row = living(tables, digest, at)
          if (row === undefined) return [false, tables]
          return [true, put(tables, "loginChallenges", hex(digest), { ...row, used: true })]
        }),
      endAll: (userId) =>
        Effect.asVoid(store.change((tables) => dropWhere(tables, "loginChallenges", (row) => row.userId === userId))),
      forget: (before) =>
        store.change((tables) =>
          dropWhere(tables, "loginChallenges", (row) => DateTime.isLessThan(row.expiresAt, before))
        )
    })
  )
)
