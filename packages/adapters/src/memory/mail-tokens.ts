import { DateTime, Effect, Layer, Option } from "effect"
import { MailTokens } from "@veza/domain/accounts"
import { Store } from "./store.ts"
import { get, hex, put } from "./tables.ts"

export const mailTokensMemory = Layer.effect(
  MailTokens,
  Effect.map(Store, (store) =>
    MailTokens.of({
      add: ({ digest, ...token }) =>
        store.change((tables) => [undefined, put(tables, "mailTokens", hex(digest), { ...token, usedAt: undefined })]),
      consume: (digest, purpose, at) =>
        store.change((tables) => {
          const token = get(tables, "mailTokens", hex(digest))
          if (
            token === undefined ||
            token.purpose !== purpose ||
            token.usedAt !== undefined ||
            DateTime.isLessThanOrEqualTo(token.expiresAt, at)
          ) {
            return [Option.none(), tables]
          }
          return [Option.some(token.userId), put(tables, "mailTokens", hex(digest), { ...token, usedAt: at })]
        })
    })
  )
)
