import { DateTime, Effect, HashMap, Layer, Option } from "effect"
import { type EmailChange, EmailChanges, emailKey, User } from "@veza/domain/accounts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, dropWhere, get, hex, put } from "./tables.ts"

const belongsToAnother = (tables: Tables, { userId, email }: EmailChange): boolean =>
  all(tables, "users").some(
    ({ user }) => user.id !== userId && user.isVerified && emailKey(user.email) === emailKey(email)
  )

export const emailChangesMemory = Layer.effect(
  EmailChanges,
  Effect.map(Store, (store) =>
    EmailChanges.of({
      propose: ({ digest, ...change }) =>
        store.change((tables) => [
          undefined,
          put(tables, "emailChanges", change.userId, { ...change, digest: hex(digest) })
        ]),
      take: (digest, at) =>
        store.change((tables): readonly [Option.Option<EmailChange>, Tables] => {
          const row = HashMap.toValues(tables.emailChanges).find((one) => one.digest === hex(digest))
          if (row === undefined || DateTime.isLessThanOrEqualTo(row.expiresAt, at)) return [Option.none(), tables]
          const { userId, email } = row
          return [Option.some({ userId, email }), drop(tables, "emailChanges", userId)]
        }),
      apply: (change) =>
        store.change((tables): readonly [boolean, Tables] => {
          const row = get(tables, "users", change.userId)
          if (row === undefined || !row.user.isVerified || !row.user.isActive) return [false, tables]
          if (belongsToAnother(tables, change)) return [false, tables]
          const user = new User({ ...row.user, email: change.email })
          const moved = put(tables, "users", change.userId, { ...row, user })
          return [true, dropWhere(moved, "mailTokens", (token) => token.userId === change.userId)[1]]
        }),
      cancel: (userId) => store.change((tables) => [undefined, drop(tables, "emailChanges", userId)]),
      forget: (before) =>
        store.change((tables) => dropWhere(tables, "emailChanges", (row) => DateTime.isLessThan(row.expiresAt, before)))
    })
  )
)
