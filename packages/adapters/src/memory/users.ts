import { DateTime, Effect, Layer, Option } from "effect"
import { emailKey, User, Users, UsernameTaken } from "@veza/domain/accounts"
import type { NewUser } from "@veza/domain/accounts"
import type { Tables, UserRow } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, put } from "./tables.ts"

const sameAddress = (row: UserRow, email: string) => emailKey(row.user.email) === emailKey(email)
const verifiedOf = (tables: Tables, email: string) =>
  all(tables, "users").find((row) => row.user.isVerified && sameAddress(row, email))

/** Removes accounts with everything that belongs to them; answers how many. */
export const removeUsers = (tables: Tables, goes: (row: UserRow) => boolean): readonly [number, Tables] => {
  const gone = new Set<string>(
    all(tables, "users")
      .filter(goes)
      .map((row) => row.user.id)
  )
  if (gone.size === 0) return [0, tables]
  const owned = [
    "sessions",
    "mailTokens",
    "exports",
    "oauthIdentities",
    "secondFactors",
    "loginChallenges",
    "emailChanges",
    "uploads",
    "likes",
    "idempotencyKeys",
    "userProfiles",
    "heldUsernames",
    "profileImages",
    "userSettings",
    "optOuts"
  ] as const
  const orphaned = owned.reduce(
    (left, table) => dropWhere(left, table, (row) => row.userId !== undefined && gone.has(row.userId))[1],
    tables
  )
  const [, unshared] = dropWhere(orphaned, "shares", (row) => gone.has(row.share.createdBy))
  const [, keyless] = dropWhere(unshared, "apiKeys", (row) => gone.has(row.key.userId))
  return dropWhere(keyless, "users", (row) => gone.has(row.user.id))
}

const newRow = (user: NewUser): UserRow => ({
  user: new User({
    id: user.id,
    email: user.email,
    username: user.username,
    displayName: null,
    role: user.role,
    isVerified: user.isVerified,
    isActive: true,
    isBanned: false,
    tokenVersion: 0,
    birthdate: user.birthdate ?? null,
    promotedToCreatorAt: null,
    createdAt: user.createdAt
  }),
  passwordHash: user.passwordHash,
  lastLogin: undefined,
  loginCount: 0,
  ban: undefined,
  usernameChangedAt: undefined,
  deletedAt: undefined,
  anonymisedAt: undefined
})

/** Is the name held for somebody who gave it up, other than `except`? */
export const isHeld = (tables: Tables, username: string, at: DateTime.Utc, except?: string): boolean => {
  const held = get(tables, "heldUsernames", username.toLowerCase())
  return held !== undefined && held.userId !== except && DateTime.isGreaterThan(held.until, at)
}

const conflicts = (tables: Tables, added: NewUser): boolean =>
  get(tables, "users", added.id) !== undefined ||
  isHeld(tables, added.username, added.createdAt) ||
  (added.isVerified && verifiedOf(tables, added.email) !== undefined) ||
  all(tables, "users").some((row) => row.user.username.toLowerCase() === added.username.toLowerCase())

export const usersMemory = Layer.effect(
  Users,
  Effect.map(Store, (store) => {
    /** Changes one account where `may` allows it; answers whether it did. */
    const update = (id: string, may: (row: UserRow, tables: Tables) => boolean, f: (row: UserRow) => UserRow) =>
      store.change((tables) => {
        const row = get(tables, "users", id)
        if (row === undefined || !may(row, tables)) return [false, tables]
        return [true, put(tables, "users", id, f(row))]
      })
    const always = () => true

    return Users.of({
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "users", id)?.user)),
      credentialsOf: (email) =>
        store.read((tables) => {
          const [best] = all(tables, "users")
            .filter((row) => sameAddress(row, email))
            .toSorted(
              (a, b) =>
                Number(b.user.isVerified) - Number(a.user.isVerified) ||
                DateTime.toEpochMillis(b.user.createdAt) - DateTime.toEpochMillis(a.user.createdAt)
            )
          return best === undefined ? Option.none() : Option.some({ user: best.user, passwordHash: best.passwordHash })
        }),
      waiting: (email, since, limit) =>
        store.read((tables) =>
          all(tables, "users")
            .map(({ user }) => user)
            .filter((user) => emailKey(user.email) === emailKey(email) && !user.isVerified)
            .filter((user) => DateTime.isGreaterThan(user.createdAt, since))
            .toSorted((a, b) => DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt))
            .slice(0, limit)
        ),
      passwordHashOf: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "users", id)?.passwordHash)),
      hasVerified: (email) => store.read((tables) => verifiedOf(tables, email) !== undefined),
      add: (user, abandonedBefore) =>
        Effect.flatMap(
          store.change((tables): readonly [boolean, Tables] => {
            const [, freed] = removeUsers(
              tables,
              (row) =>
                !row.user.isVerified &&
                row.user.username.toLowerCase() === user.username.toLowerCase() &&
                DateTime.isLessThan(row.user.createdAt, abandonedBefore)
            )
            return conflicts(freed, user) ? [false, freed] : [true, put(freed, "users", user.id, newRow(user))]
          }),
          (added) => (added ? Effect.void : Effect.fail(new UsernameTaken()))
        ),
      markVerified: (id) =>
        update(
          id,
          (row, tables) => !row.user.isVerified && verifiedOf(tables, row.user.email) === undefined,
          (row) => ({ ...row, user: new User({ ...row.user, isVerified: true }) })
        ),
      promoteToCreator: (id, at) =>
        update(
          id,
          (row) => row.user.role === "user",
          (row) => ({ ...row, user: new User({ ...row.user, role: "creator", promotedToCreatorAt: at }) })
        ),
      recordLogin: (id, at, ip) =>
        Effect.asVoid(update(id, always, (row) => ({ ...row, lastLogin: { at, ip }, loginCount: row.loginCount + 1 }))),
      holdPasswordHash: (id, hash) => store.read((tables) => get(tables, "users", id)?.passwordHash === hash),
      replacePasswordHash: (id, passwordHash) => Effect.asVoid(update(id, always, (row) => ({ ...row, passwordHash }))),
      bumpTokenVersion: (id) =>
        Effect.asVoid(
          update(id, always, (row) => ({
            ...row,
            user: new User({ ...row.user, tokenVersion: row.user.tokenVersion + 1 })
          }))
        ),
      isUsernameFree: (username, abandonedBefore) =>
        store.read(
          (tables) =>
            !all(tables, "users").some(
              ({ user }) =>
                user.username.toLowerCase() === username.toLowerCase() &&
                (user.isVerified || DateTime.isGreaterThanOrEqualTo(user.createdAt, abandonedBefore))
            )
        ),
      removeAbandoned: (before) =>
        store.change((tables) =>
          removeUsers(tables, (row) => !row.user.isVerified && DateTime.isLessThan(row.user.createdAt, before))
        )
    })
  })
)
