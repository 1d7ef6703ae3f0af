import { DateTime, Effect, Layer, Option } from "effect"
import { CredentialErasure, CredentialRecords } from "@veza/domain/accounts"
import { endOfKey } from "./api-keys.ts"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, dropWhere, get, put } from "./tables.ts"

const revokeKeys = (tables: Tables, id: string, at: DateTime.Utc): Tables =>
  all(tables, "apiKeys")
    .filter((row) => row.key.userId === id && endOfKey(row) > at.epochMilliseconds)
    .reduce((left, row) => put(left, "apiKeys", row.key.id, { ...row, revokedAt: at }), tables)

const without = (tables: Tables, table: "loginChallenges" | "oauthIdentities", id: string): Tables =>
  dropWhere(tables, table, ({ userId }) => userId === id)[1]

export const credentialErasureMemory = Layer.effect(
  CredentialErasure,
  Effect.map(Store, (store) =>
    CredentialErasure.of({
      drop: (id, at) =>
        store.change((tables) => {
          const keyless = drop(drop(revokeKeys(tables, id, at), "secondFactors", id), "emailChanges", id)
          const outside = without(without(keyless, "loginChallenges", id), "oauthIdentities", id)
          const [, clean] = dropWhere(
            outside,
            "oauthStates",
            ({ sessionId }) => sessionId !== undefined && get(outside, "sessions", sessionId)?.userId === id
          )
          return [undefined, clean]
        }),
      forgetKeys: (id) =>
        Effect.asVoid(store.change((tables) => dropWhere(tables, "apiKeys", ({ key }) => key.userId === id)))
    })
  )
)

export const credentialRecordsMemory = Layer.effect(
  CredentialRecords,
  Effect.map(Store, (store) =>
    CredentialRecords.of({
      apiKeys: (owner, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "apiKeys").filter(({ key }) => key.userId === owner)
          return pageOf(
            rows.map(({ key, revokedAt }) => ({ ...key, revokedAt })),
            ({ id }) => id,
            after,
            limit
          )
        }),
      secondFactor: (owner) =>
        store.read((tables) =>
          Option.map(Option.fromNullishOr(get(tables, "secondFactors", owner)), ({ enabledAt, backupCodes }) => ({
            enabledAt,
            unusedBackupCodes: [...backupCodes.values()].filter((used) => !used).length
          }))
        ),
      emailChange: (owner) =>
        store.read((tables) =>
          Option.map(Option.fromNullishOr(get(tables, "emailChanges", owner)), ({ email, expiresAt }) => ({
            email,
            expiresAt
          }))
        )
    })
  )
)
