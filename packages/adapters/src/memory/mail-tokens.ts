import { DateTime, Effect, Layer, Option } from "effect"
import { MailTokens, type TokenPurpose } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { dropWhere, get, hex, put } from "./tables.ts"

type TokenRow = Rows["mailTokens"]

const living = (tables: Tables, digest: Uint8Array, purpose: TokenPurpose, at: DateTime.Utc): TokenRow | undefined => {
  const token = get(tables, "mailTokens", hex(digest))
  return token?.purpose === purpose && token.usedAt === undefined && DateTime.isGreaterThan(token.expiresAt, at)
    ? token
    : undefined
}

export const mailTokensMemory = Layer.effect(
  MailTokens,
  Effect.map(Store, (store) =>
    MailTokens.of({
      add: ({ digest, ...token }) =>
        store.change((tables) => [undefined, put(tables, "mailTokens", hex(digest), { ...token, usedAt: undefined })]),
      ownerOf: (digest, purpose, at) =>
        store.read((tables) => Option.fromNullishOr(living(tables, digest, purpose, at)?.userId)),
      consume: (digest, purpose, at) =>
        store.change((tables) => {
          const token = living(tables, digest, purpose, at)
          if (token?.userId === undefined) return [Option.none(), tables]
          return [Option.some(token.userId), put(tables, "mailTokens", hex(digest), { ...token, usedAt: at })]
        }),
      cancel: (userId, purpose) =>
        store.change((tables) => {
          const [, left] = dropWhere(
            tables,
            "mailTokens",
            (row) => row.userId === userId && row.purpose === purpose && row.usedAt === undefined
          )
          return [undefined, left]
        }),
      forget: (before) =>
        store.change((tables) => dropWhere(tables, "mailTokens", (row) => DateTime.isLessThan(row.expiresAt, before)))
    })
  )
)
