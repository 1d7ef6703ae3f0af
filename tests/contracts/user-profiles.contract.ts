import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { type NewUser, Principals, type Renaming, UserProfiles, Users } from "@veza/domain/accounts"
import { type Ids, Transaction, type UserId } from "@veza/domain/kernel"
import { addUser, at, longAgo, newUser, newUserId } from "./samples.ts"

const day = 86_400
const known = Effect.fnUntraced(function* (given: Partial<NewUser> = {}) {
  return yield* addUser({ isVerified: true, ...given })
})
const found = Effect.fnUntraced(function* (id: UserId) {
  return Option.getOrThrow(yield* (yield* UserProfiles).byId(id))
})
/** A change as use-cases make it: announced within its transaction. */
const announced = Effect.fnUntraced(function* <A, E, R>(id: UserId, work: Effect.Effect<A, E, R>) {
  const principals = yield* Principals
  return yield* (yield* Transaction).atomically(Effect.tap(work, principals.invalidate(id)))
})
const change = (id: UserId, fields: Parameters<UserProfiles["Service"]["change"]>[1]) =>
  announced(
    id,
    UserProfiles.use((profiles) => profiles.change(id, fields))
  )
const renaming = (username: string, seconds: number): Renaming => ({
  username,
  at: at(seconds),
  changedBefore: at(seconds - 30 * day),
  heldUntil: at(seconds + 30 * day),
  abandonedBefore: longAgo
})
const rename = (id: UserId, username: string, seconds: number) =>
  announced(
    id,
    UserProfiles.use((profiles) => profiles.rename(id, renaming(username, seconds)))
  )
const freshName = Effect.map(newUser(), ({ username }) => username)

/** What every store of profiles does. */
export const userProfilesContract = <E>(
  name: string,
  adapter: Layer.Layer<UserProfiles | Users | Principals | Transaction | Ids, E>
) =>
  layer(adapter)(`UserProfiles: ${name}`, (it) => {
    it.effect("has an empty profile for every account, by id and by name in any case, and none for nobody", () =>
      Effect.gen(function* () {
        const { id, username } = yield* known()
        const profiles = yield* UserProfiles
        const empty = { bio: null, socialLinks: {}, isPrivate: false, avatar: null, banner: null }
        assert.deepInclude(yield* found(id), { ...empty, usernameChangedAt: null })
        const byName = Option.getOrThrow(yield* profiles.byUsername(username.toUpperCase()))
        assert.strictEqual(byName.user.id, id)
        assert.isTrue(Option.isNone(yield* profiles.byId(yield* newUserId)))
        assert.isTrue(Option.isNone(yield* profiles.byUsername("nobody-at-all")))
      })
    )

    it.effect("changes what is given and leaves the rest", () =>
      Effect.gen(function* () {
        const { id } = yield* known({ birthdate: "2000-02-29" })
        const socialLinks = { website: "https://veza.example/é?a=1" }
        assert.isTrue(yield* change(id, { displayName: "Zoë ♫", bio: "One\nTwo", socialLinks, isPrivate: true }))
        assert.isTrue(yield* change(id, { birthdate: null }))
        const profile = yield* found(id)
        assert.deepInclude(profile, { bio: "One\nTwo", socialLinks, isPrivate: true })
        assert.deepInclude(profile.user, { displayName: "Zoë ♫", birthdate: null })
        yield* change(id, { displayName: null, bio: null, socialLinks: {}, isPrivate: false, birthdate: "1999-12-31" })
        const cleared = yield* found(id)
        assert.deepInclude(cleared, { bio: null, socialLinks: {}, isPrivate: false })
        assert.deepInclude(cleared.user, { displayName: null, birthdate: "1999-12-31" })
        assert.isFalse(yield* change(yield* newUserId, { bio: "nobody's" }))
      })
    )

    it.effect("loses none of several changes that are made at the same time", () =>
      Effect.gen(function* () {
        const { id } = yield* known()
        yield* Effect.all(
          [change(id, { bio: "b" }), change(id, { isPrivate: true }), change(id, { displayName: "d" })],
          { concurrency: "unbounded" }
        )
        const profile = yield* found(id)
        assert.deepInclude(profile, { bio: "b", isPrivate: true })
        assert.strictEqual(profile.user.displayName, "d")
      })
    )

    it.effect("shows an account that is confirmed without a word, and forgets one that is not kept", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        assert.isFalse((yield* found(id)).user.isVerified)
        yield* (yield* Users).markVerified(id)
        assert.isTrue((yield* found(id)).user.isVerified)
      })
    )

    it.effect("renames once in a while, and holds the old name for its owner", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const profiles = yield* UserProfiles
        const { id, username } = yield* known()
        const other = yield* freshName
        assert.isTrue(yield* rename(id, other, 0))
        const renamed = yield* found(id)
        assert.strictEqual(renamed.user.username, other)
        assert.isTrue(renamed.usernameChangedAt !== null && DateTime.Equivalence(renamed.usernameChangedAt, at(0)))
        assert.isFalse(yield* rename(id, yield* freshName, 30 * day - 1))
        assert.isTrue(yield* profiles.isHeld(username.toUpperCase(), at(30 * day - 1)))
        assert.isFalse(yield* profiles.isHeld(username, at(30 * day)))

        const heir = yield* newUser({ username, createdAt: at(day) })
        assert.strictEqual((yield* Effect.flip(users.add(heir, longAgo)))._tag, "UsernameTaken")
        assert.isTrue(Option.isNone(yield* users.byId(heir.id)))
        const stranger = yield* known()
        assert.strictEqual((yield* Effect.flip(rename(stranger.id, username, day)))._tag, "UsernameTaken")
        assert.strictEqual((yield* found(stranger.id)).user.username, stranger.username)
        assert.isFalse(yield* profiles.isHeld(stranger.username, at(day)))
        assert.isTrue(yield* rename(id, username, 30 * day))
        yield* users.add(yield* newUser({ username: other, createdAt: at(61 * day) }), longAgo)
      })
    )

    it.effect("takes no name that somebody has, in any case, but one of an abandoned registration", () =>
      Effect.gen(function* () {
        const { id } = yield* known()
        const taken = yield* addUser({ createdAt: at(0) })
        const name = taken.username.toUpperCase()
        assert.strictEqual((yield* Effect.flip(rename(id, name, 1)))._tag, "UsernameTaken")
        const profiles = yield* UserProfiles
        assert.isTrue(yield* profiles.rename(id, { ...renaming(taken.username, 1), abandonedBefore: at(1) }))
        assert.isTrue(Option.isNone(yield* (yield* Users).byId(taken.id)))
      })
    )

    it.effect("gives a name to one of many who ask at the same time", () =>
      Effect.gen(function* () {
        const name = yield* freshName
        const many = yield* Effect.replicateEffect(known(), 8)
        const outcomes = yield* Effect.forEach(many, ({ id }) => Effect.exit(rename(id, name, 1)), {
          concurrency: "unbounded"
        })
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Success").length, 1)
      })
    )

    it.effect("renames once when the same is asked for many times at once", () =>
      Effect.gen(function* () {
        const { id } = yield* known()
        const names = yield* Effect.replicateEffect(freshName, 6)
        const renamed = yield* Effect.forEach(names, (username) => rename(id, username, 1), {
          concurrency: "unbounded"
        })
        assert.strictEqual(renamed.filter((won) => won).length, 1)
      })
    )

    it.effect("forgets what is held no longer", () =>
      Effect.gen(function* () {
        const profiles = yield* UserProfiles
        const [early, late] = [yield* known(), yield* known()]
        yield* rename(early.id, yield* freshName, -40 * day)
        yield* rename(late.id, yield* freshName, 0)
        assert.isAtLeast(yield* profiles.forgetHeld(at(0)), 1)
        assert.isFalse(yield* profiles.isHeld(early.username, at(-39 * day)))
        assert.isTrue(yield* profiles.isHeld(late.username, at(0)))
      })
    )
  })
