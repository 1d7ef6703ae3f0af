import { DateTime, Effect, Layer, Option } from "effect"
import { type AdministeredUser, User, UserAdministration, type UserFilter, type UserSort } from "@veza/domain/accounts"
import type { Role, SortValue } from "@veza/domain/kernel"
import { keysetPage } from "./keyset-page.ts"
import type { Tables, UserRow } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"

const administered = ({ user, ban, lastLogin, loginCount }: UserRow): AdministeredUser => ({
  user,
  bannedAt: ban?.at ?? null,
  banReason: ban?.reason ?? null,
  lastLoginAt: lastLogin?.at ?? null,
  loginCount
})

const sortValue: Record<UserSort, (user: User) => SortValue> = {
  created_at: (user) => DateTime.formatIso(user.createdAt),
  username: (user) => user.username,
  email: (user) => user.email
}

const begins = (text: string, prefix: string): boolean => text.toLowerCase().startsWith(prefix.toLowerCase())

const matches = (user: User, { prefix, role, isBanned, isVerified }: UserFilter): boolean =>
  (prefix === undefined || begins(user.username, prefix) || begins(user.email, prefix)) &&
  (role === undefined || user.role === role) &&
  (isBanned === undefined || user.isBanned === isBanned) &&
  (isVerified === undefined || user.isVerified === isVerified)

/** Transactions of the memory store are serial, so reading inside one already keeps everybody else out. */
export const userAdministrationMemory = Layer.effect(
  UserAdministration,
  Effect.map(Store, (store) => {
    const setBan = (id: string, ban: UserRow["ban"]) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "users", id)
        const isBanned = ban !== undefined
        if (row === undefined || row.user.isBanned === isBanned) return [false, tables]
        return [true, put(tables, "users", id, { ...row, user: new User({ ...row.user, isBanned }), ban })]
      })

    return UserAdministration.of({
      list: (filter, plan) =>
        store.read((tables) =>
          keysetPage(
            all(tables, "users")
              .filter(({ user }) => matches(user, filter))
              .map(administered),
            ({ user }) => ({ value: sortValue[plan.sort](user), id: user.id }),
            plan
          )
        ),
      byId: (id) => store.read((tables) => Option.map(Option.fromNullishOr(get(tables, "users", id)), administered)),
      byUsername: (username) =>
        store.read((tables) =>
          Option.fromNullishOr(
            all(tables, "users").find(({ user }) => user.username.toLowerCase() === username.toLowerCase())?.user
          )
        ),
      lockAdministrators: store.read((tables) =>
        all(tables, "users")
          .filter(({ user }) => user.role === "admin" && user.isVerified && user.isActive && !user.isBanned)
          .map(({ user }) => user.id)
      ),
      setRole: (id, role) =>
        store.change((tables): readonly [Option.Option<Role>, Tables] => {
          const row = get(tables, "users", id)
          if (row === undefined || row.user.role === role) return [Option.none(), tables]
          const user = new User({ ...row.user, role, tokenVersion: row.user.tokenVersion + 1 })
          return [Option.some(row.user.role), put(tables, "users", id, { ...row, user })]
        }),
      ban: (id, reason, at) => setBan(id, { at, reason }),
      unban: (id) => setBan(id, undefined)
    })
  })
)
