import { DateTime, Effect, Layer, Option } from "effect"
import { type ApiKey, ApiKeys, type KeyPrincipal, KeyPrincipals } from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, hex, put } from "./tables.ts"

type KeyRow = Rows["apiKeys"]

/** The earliest end of a key, in milliseconds. */
export const endOfKey = ({ key, revokedAt }: KeyRow): number =>
  Math.min(...[revokedAt, key.expiresAt, key.retiresAt].map((at) => at?.epochMilliseconds ?? Number.POSITIVE_INFINITY))

const lives = (row: KeyRow, at: DateTime.Utc): boolean =>
  row.revokedAt === undefined && endOfKey(row) > at.epochMilliseconds

const toKey = ({ key }: KeyRow): ApiKey => key

const latestFirst = (a: ApiKey, b: ApiKey): number =>
  b.createdAt.epochMilliseconds - a.createdAt.epochMilliseconds || (a.id < b.id ? -1 : 1)

const livingOf = (tables: Tables, userId: string, at: DateTime.Utc): ReadonlyArray<KeyRow> =>
  all(tables, "apiKeys").filter((row) => row.key.userId === userId && lives(row, at))

export const apiKeysMemory = Layer.effect(
  ApiKeys,
  Effect.map(Store, (store) => {
    /** Changes one living key of a user where `may` allows it. */
    const update = (
      id: string,
      userId: string,
      at: DateTime.Utc,
      may: (row: KeyRow) => boolean,
      f: (row: KeyRow) => KeyRow
    ) =>
      store.change((tables): readonly [Option.Option<ApiKey>, Tables] => {
        const row = get(tables, "apiKeys", id)
        if (row?.key.userId !== userId || !lives(row, at) || !may(row)) return [Option.none(), tables]
        const changed = f(row)
        return [Option.some(toKey(changed)), put(tables, "apiKeys", id, changed)]
      })
    return ApiKeys.of({
      add: (key, digest, limit) =>
        store.change((tables): readonly [boolean, Tables] => {
          if (livingOf(tables, key.userId, key.createdAt).length >= limit) return [false, tables]
          return [true, put(tables, "apiKeys", key.id, { key, digest: hex(digest), revokedAt: undefined })]
        }),
      living: (userId, at) => store.read((tables) => livingOf(tables, userId, at).map(toKey).toSorted(latestFirst)),
      revoke: (id, userId, at) =>
        Effect.map(
          update(
            id,
            userId,
            at,
            () => true,
            (row) => ({ ...row, revokedAt: at })
          ),
          Option.isSome
        ),
      retire: (id, userId, retiresAt, at) =>
        update(
          id,
          userId,
          at,
          (row) => row.key.retiresAt === null,
          (row) => ({
            ...row,
            key: { ...row.key, retiresAt },
            revokedAt: DateTime.isLessThanOrEqualTo(retiresAt, at) ? at : row.revokedAt
          })
        ),
      markUsed: (uses) =>
        store.change((tables): readonly [void, Tables] => [
          undefined,
          [...uses].reduce((before, [id, millis]) => {
            const row = get(before, "apiKeys", id)
            if (row === undefined || (row.key.lastUsedAt?.epochMilliseconds ?? 0) >= millis) return before
            return put(before, "apiKeys", id, { ...row, key: { ...row.key, lastUsedAt: DateTime.makeUnsafe(millis) } })
          }, tables)
        ]),
      forget: (before) =>
        store.change((tables) => dropWhere(tables, "apiKeys", (row) => endOfKey(row) < before.epochMilliseconds))
    })
  })
)

const principalOf = (tables: Tables, digest: string): KeyPrincipal | undefined => {
  const row = all(tables, "apiKeys").find((one) => one.digest === digest)
  const user = row && get(tables, "users", row.key.userId)?.user
  if (row === undefined || user === undefined) return undefined
  const end = row.revokedAt === undefined ? endOfKey(row) : 0
  return {
    keyId: row.key.id,
    userId: user.id,
    role: user.role,
    isVerified: user.isVerified,
    isAdmitted: user.isActive && !user.isBanned,
    scopes: row.key.scopes,
    endsAt: Number.isFinite(end) ? end : null
  }
}

/** Nothing is kept: what is committed is at hand. */
export const keyPrincipalsMemory = Layer.effect(
  KeyPrincipals,
  Effect.map(Store, (store) =>
    KeyPrincipals.of({
      peek: () => undefined,
      of: (digest) => store.readCommitted((tables) => principalOf(tables, hex(digest)))
    })
  )
)
