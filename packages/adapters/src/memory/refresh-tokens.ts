import { DateTime, Effect, HashMap, Layer, Option } from "effect"
import { RefreshTokens } from "@veza/domain/accounts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { get, hex, put } from "./tables.ts"

/** Transactions of the memory store are serial, so reading inside one already keeps everybody else out. */
export const refreshTokensMemory = Layer.effect(
  RefreshTokens,
  Effect.map(Store, (store) =>
    RefreshTokens.of({
      add: (digest, sessionId) =>
        store.change((tables) => [
          undefined,
          put(tables, "refreshTokens", hex(digest), { sessionId, rotatedAt: undefined, successor: undefined })
        ]),
      lock: (digest) =>
        store.read((tables) => {
          const token = get(tables, "refreshTokens", hex(digest))
          const session = token === undefined ? undefined : get(tables, "sessions", token.sessionId)
          if (token === undefined || session === undefined) return Option.none()
          const { rotatedAt, successor } = token
          return Option.some({ session, isRevoked: session.revoked !== undefined, rotatedAt, successor })
        }),
      rotate: (digest, successor, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const token = get(tables, "refreshTokens", hex(digest))
          if (token === undefined || token.rotatedAt !== undefined) return [false, tables]
          return [true, put(tables, "refreshTokens", hex(digest), { ...token, rotatedAt: at, successor })]
        }),
      forgetSuccessors: (before) =>
        store.change((tables): readonly [number, Tables] => {
          const due = HashMap.filter(
            tables.refreshTokens,
            ({ successor, rotatedAt }) =>
              successor !== undefined && rotatedAt !== undefined && DateTime.isLessThan(rotatedAt, before)
          )
          const emptied = HashMap.map(due, (token) => ({ ...token, successor: undefined }))
          return [HashMap.size(due), { ...tables, refreshTokens: HashMap.union(tables.refreshTokens, emptied) }]
        })
    })
  )
)
