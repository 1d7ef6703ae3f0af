import { DateTime, Effect, Layer, Option } from "effect"
import { type Profile, type ProfileFields, User, UserProfiles, UsernameTaken } from "@veza/domain/accounts"
import { followedCache, type UserId } from "@veza/domain/kernel"
import { accountsTopic, capacity, trustFor } from "./principals.ts"
import type { Tables, UserRow } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, keyOf, put } from "./tables.ts"
import { isHeld, removeUsers } from "./users.ts"

const emptyProfile = (userId: UserId) => ({ userId, bio: null, socialLinks: {}, isPrivate: false })

const toProfile = (tables: Tables, { user, usernameChangedAt }: UserRow): Profile => {
  const { bio, socialLinks, isPrivate } = get(tables, "userProfiles", user.id) ?? emptyProfile(user.id)
  const image = (kind: string) => get(tables, "profileImages", keyOf(user.id, kind)) ?? null
  return {
    user,
    bio,
    socialLinks,
    isPrivate,
    avatar: image("avatar"),
    banner: image("banner"),
    usernameChangedAt: usernameChangedAt ?? null
  }
}

const profileOf = (tables: Tables, id: string): Option.Option<Profile> =>
  Option.map(Option.fromNullishOr(get(tables, "users", id)), (row) => toProfile(tables, row))

const changed = (tables: Tables, row: UserRow, { displayName, birthdate, ...said }: ProfileFields): Tables => {
  const { id } = row.user
  const user = new User({
    ...row.user,
    ...(displayName === undefined ? {} : { displayName }),
    ...(birthdate === undefined ? {} : { birthdate })
  })
  return put(put(tables, "users", id, { ...row, user }), "userProfiles", id, {
    ...(get(tables, "userProfiles", id) ?? emptyProfile(id)),
    ...said
  })
}

type Outcome = "renamed" | "too soon" | "taken"

export const userProfilesMemory = Layer.effect(
  UserProfiles,
  Effect.gen(function* () {
    const store = yield* Store
    const cache = yield* followedCache({
      topic: accountsTopic,
      capacity,
      trustFor,
      load: (id: string) =>
        Effect.flatMap(
          store.readCommitted((tables) => profileOf(tables, id)),
          (found) => (Option.exists(found, ({ user }) => user.isVerified) ? Effect.succeed(found) : Effect.fail(found))
        )
    })
    return UserProfiles.of({
      byId: (id) => Effect.catch(cache.get(id), (passing) => Effect.succeed(passing)),
      byUsername: (username) =>
        store.readCommitted((tables) => {
          const row = all(tables, "users").find(({ user }) => user.username.toLowerCase() === username.toLowerCase())
          return row === undefined ? Option.none() : Option.some(toProfile(tables, row))
        }),
      change: (id, fields) =>
        store.change((tables) => {
          const row = get(tables, "users", id)
          return row === undefined ? [false, tables] : [true, changed(tables, row, fields)]
        }),
      rename: (id, { username, at, changedBefore, heldUntil, abandonedBefore }) =>
        Effect.flatMap(
          store.change((tables): readonly [Outcome, Tables] => {
            const sameName = (row: UserRow) =>
              row.user.id !== id && row.user.username.toLowerCase() === username.toLowerCase()
            const [, freed] = removeUsers(
              tables,
              (row) => sameName(row) && !row.user.isVerified && DateTime.isLessThan(row.user.createdAt, abandonedBefore)
            )
            const row = get(freed, "users", id)
            if (row === undefined) return ["too soon", tables]
            const { usernameChangedAt, user } = row
            if (usernameChangedAt !== undefined && DateTime.isGreaterThan(usernameChangedAt, changedBefore)) {
              return ["too soon", tables]
            }
            if (all(freed, "users").some(sameName) || isHeld(freed, username, at, id)) return ["taken", tables]
            const renamed = { ...row, user: new User({ ...user, username }), usernameChangedAt: at }
            return [
              "renamed",
              put(put(freed, "users", id, renamed), "heldUsernames", user.username.toLowerCase(), {
                userId: id,
                until: heldUntil
              })
            ]
          }),
          (outcome) => (outcome === "taken" ? Effect.fail(new UsernameTaken()) : Effect.succeed(outcome === "renamed"))
        ),
      isHeld: (username, at) => store.read((tables) => isHeld(tables, username, at)),
      forgetHeld: (at) =>
        store.change((tables) =>
          dropWhere(tables, "heldUsernames", ({ until }) => DateTime.isLessThanOrEqualTo(until, at))
        )
    })
  })
)
