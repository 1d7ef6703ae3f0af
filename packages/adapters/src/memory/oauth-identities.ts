import { DateTime, Effect, Layer, Option } from "effect"
import { OAuthIdentities, type OAuthIdentity } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

type Row = Rows["oauthIdentities"]

const identityOf = ({ accessToken: _access, refreshToken: _refresh, ...identity }: Row): OAuthIdentity => identity
const holdsTokens = (row: Row): boolean => row.accessToken !== undefined || row.refreshToken !== undefined
const named = (tables: Tables, provider: string, providerUserId: string): Row | undefined =>
  all(tables, "oauthIdentities").find((row) => row.provider === provider && row.providerUserId === providerUserId)
const ofUser = (tables: Tables, userId: string): ReadonlyArray<Row> =>
  all(tables, "oauthIdentities").filter((row) => row.userId === userId)

/** The tables without an identity of an account whose address was never confirmed. */
const givenUp = (tables: Tables, row: Row | undefined): Tables =>
  row === undefined || get(tables, "users", row.userId)?.user.isVerified === true
    ? tables
    : drop(tables, "oauthIdentities", row.id)

export const oauthIdentitiesMemory = Layer.effect(
  OAuthIdentities,
  Effect.map(Store, (store) =>
    OAuthIdentities.of({
      find: (provider, providerUserId) =>
        store.read((tables) => Option.map(Option.fromNullishOr(named(tables, provider, providerUserId)), identityOf)),
      of: (userId) =>
        store.read((tables) =>
          ofUser(tables, userId)
            .toSorted((a, b) => DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt))
            .map(identityOf)
        ),
      add: (identity, tokens) =>
        store.change((tables): readonly [boolean, Tables] => {
          const freed = givenUp(tables, named(tables, identity.provider, identity.providerUserId))
          const conflicts =
            named(freed, identity.provider, identity.providerUserId) !== undefined ||
            ofUser(freed, identity.userId).some(({ provider }) => provider === identity.provider)
          return conflicts
            ? [false, tables]
            : [true, put(freed, "oauthIdentities", identity.id, { ...identity, ...tokens })]
        }),
      markUsed: (id, tokens, at) =>
        store.change((tables) => {
          const row = get(tables, "oauthIdentities", id)
          if (row === undefined) return [undefined, tables]
          const refreshToken = tokens.refreshToken ?? row.refreshToken
          const used = { ...row, accessToken: tokens.accessToken, refreshToken, lastUsedAt: at }
          return [undefined, put(tables, "oauthIdentities", id, used)]
        }),
      remove: (userId, provider) =>
        store.change((tables): readonly ["removed" | "absent" | "last", Tables] => {
          const identities = ofUser(tables, userId)
          const row = identities.find((one) => one.provider === provider)
          if (row === undefined) return ["absent", tables]
          const hasPassword = get(tables, "users", userId)?.passwordHash !== undefined
          return hasPassword || identities.length > 1
            ? ["removed", drop(tables, "oauthIdentities", row.id)]
            : ["last", tables]
        }),
      removeUnvouched: (userId) =>
        store.change((tables) => {
          const gone = ofUser(tables, userId).filter(({ isVouched }) => !isVouched)
          return [
            gone.map(({ provider }) => provider),
            gone.reduce((left, { id }) => drop(left, "oauthIdentities", id), tables)
          ]
        }),
      tokensAfter: (id, limit) =>
        store.read((tables) =>
          all(tables, "oauthIdentities")
            .filter((row) => holdsTokens(row) && (id === undefined || row.id > id))
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
            .slice(0, limit)
        ),
      countWithTokens: store.read((tables) => all(tables, "oauthIdentities").filter(holdsTokens).length),
      replaceTokens: (changes) =>
        store.change((tables) =>
          changes.reduce<readonly [number, Tables]>(
            ([count, left], { read, tokens }) => {
              const row = get(left, "oauthIdentities", read.id)
              return row?.accessToken === read.accessToken && row?.refreshToken === read.refreshToken && row
                ? [count + 1, put(left, "oauthIdentities", row.id, { ...row, ...tokens })]
                : [count, left]
            },
            [0, tables]
          )
        )
    })
  )
)
