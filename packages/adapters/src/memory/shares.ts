import { DateTime, Effect, Layer, Option } from "effect"
import { type Share, Shares } from "@veza/domain/tracks"
import type { Rows } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, hex, put } from "./tables.ts"

const toShare = ({ revokedAt: _, ...share }: Rows["shares"]): Share => share

const lives = (row: Rows["shares"], at: DateTime.Utc): boolean =>
  row.revokedAt === undefined && (row.expiresAt === undefined || DateTime.isGreaterThan(row.expiresAt, at))

export const sharesMemory = Layer.effect(
  Shares,
  Effect.map(Store, (store) =>
    Shares.of({
      add: (share) =>
        store.change((tables) => [undefined, put(tables, "shares", share.id, { ...share, revokedAt: undefined })]),
      living: (digest, at) =>
        store.read((tables) => {
          const wanted = hex(digest)
          const found = all(tables, "shares").find((row) => hex(row.digest) === wanted && lives(row, at))
          return Option.map(Option.fromNullishOr(found), toShare)
        }),
      byId: (id) => store.read((tables) => Option.map(Option.fromNullishOr(get(tables, "shares", id)), toShare)),
      revoke: (id, at) =>
        store.change((tables) => {
          const row = get(tables, "shares", id)
          return [
            undefined,
            row === undefined || row.revokedAt !== undefined
              ? tables
              : put(tables, "shares", id, { ...row, revokedAt: at })
          ]
        })
    })
  )
)
