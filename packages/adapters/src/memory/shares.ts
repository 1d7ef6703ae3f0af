import { DateTime, Effect, Layer, Option } from "effect"
import { Shares } from "@veza/domain/tracks"
import type { Rows } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, hex, put } from "./tables.ts"

const lives = ({ share, revokedAt }: Rows["shares"], at: DateTime.Utc): boolean =>
  revokedAt === undefined && (share.expiresAt === undefined || DateTime.isGreaterThan(share.expiresAt, at))

export const sharesMemory = Layer.effect(
  Shares,
  Effect.map(Store, (store) =>
    Shares.of({
      add: (share) =>
        store.change((tables) => [undefined, put(tables, "shares", share.id, { share, revokedAt: undefined })]),
      living: (digest, at) =>
        store.read((tables) => {
          const wanted = hex(digest)
          const found = all(tables, "shares").find((row) => hex(row.share.digest) === wanted && lives(row, at))
          return Option.fromNullishOr(found?.share)
        }),
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "shares", id)?.share)),
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
