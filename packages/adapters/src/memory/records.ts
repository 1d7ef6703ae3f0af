import { Effect, Layer, Option } from "effect"
import { AccountRecords } from "@veza/domain/accounts"
import { TrackRecords } from "@veza/domain/tracks"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, hex } from "./tables.ts"

export const accountRecordsMemory = Layer.effect(
  AccountRecords,
  Effect.map(Store, (store) =>
    AccountRecords.of({
      account: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "users", id))),
      sessions: (owner, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "sessions").filter(({ userId }) => userId === owner)
          return pageOf(rows, ({ id }) => id, after, limit)
        }),
      mailTokens: (owner, after, limit) =>
        store.read((tables) => {
          const rows = [...tables.mailTokens]
            .filter(([, { userId }]) => userId === owner)
            .map(([digest, token]) => ({ ...token, digest: new Uint8Array(Buffer.from(digest, "hex")) }))
          return pageOf(rows, ({ digest }) => hex(digest), after, limit)
        })
    })
  )
)

const likesOf = (tables: Tables, owner: string) =>
  all(tables, "likes")
    .filter(({ userId }) => userId === owner)
    .map(({ trackId, at }) => ({ trackId, title: get(tables, "tracks", trackId)?.track.title ?? "", likedAt: at }))

export const trackRecordsMemory = Layer.effect(
  TrackRecords,
  Effect.map(Store, (store) =>
    TrackRecords.of({
      tracks: (owner, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "tracks").flatMap(({ track }) => (track.userId === owner ? [track] : []))
          return pageOf(rows, ({ id }) => id, after, limit)
        }),
      likes: (owner, after, limit) =>
        store.read((tables) => pageOf(likesOf(tables, owner), ({ trackId }) => trackId, after, limit)),
      shares: (owner, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "shares").filter(({ share }) => share.createdBy === owner)
          return pageOf(
            rows.map(({ share, revokedAt }) => ({ ...share, revokedAt })),
            ({ id }) => id,
            after,
            limit
          )
        })
    })
  )
)
