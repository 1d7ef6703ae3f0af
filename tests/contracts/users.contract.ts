import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { Users } from "@veza/domain/accounts"
import type { Ids } from "@veza/domain/kernel"
import { addUser, at, longAgo, newUser, newUserId } from "./samples.ts"

/** What every store of accounts does. */
export const usersContract = <E>(name: string, adapter: Layer.Layer<Users | Ids, E>) =>
  layer(adapter)(`Users: ${name}`, (it) => {
    it.effect("holds a password that is still the account's, and no other", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const user = yield* addUser({ passwordHash: "the hash" })
        assert.isTrue(yield* users.holdPasswordHash(user.id, "the hash"))
        yield* users.replacePasswordHash(user.id, "another hash")
        assert.isFalse(yield* users.holdPasswordHash(user.id, "the hash"))
        assert.isFalse(yield* users.holdPasswordHash(yield* newUserId, "another hash"))
      })
    )

    it.effect("knows the registrations of an address that wait, the first first", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const first = yield* addUser({ createdAt: at(10) })
        const email = first.email
        const second = yield* addUser({ email: email.toUpperCase(), createdAt: at(20) })
        const third = yield* addUser({ email, createdAt: at(30) })
        yield* addUser({ email, createdAt: at(0) })
        const waiting = (limit: number) =>
          Effect.map(users.waiting(email, at(5), limit), (found) => found.map(({ id }) => id))
        assert.deepStrictEqual(yield* waiting(3), [first.id, second.id, third.id])
        assert.deepStrictEqual(yield* waiting(2), [first.id, second.id])
        yield* users.markVerified(first.id)
        assert.notInclude(yield* waiting(3), first.id)
      })
    )

    it.effect("finds an account by its id, as it was added", () =>
      Effect.gen(function* () {
        const added = yield* addUser({ birthdate: "2000-02-29", role: "artist", isVerified: true, createdAt: at(7) })
        const user = Option.getOrThrow(yield* (yield* Users).byId(added.id))
        assert.deepInclude(user, {
          id: added.id,
          email: added.email,
          username: added.username,
          displayName: null,
          role: "artist",
          isVerified: true,
          isActive: true,
          isBanned: false,
          tokenVersion: 0,
          birthdate: "2000-02-29",
          promotedToCreatorAt: null
        })
        assert.isTrue(DateTime.Equivalence(user.createdAt, at(7)))
      })
    )

    it.effect("does not find what was never added", () =>
      Effect.gen(function* () {
        const users = yield* Users
        assert.isTrue(Option.isNone(yield* users.byId(yield* newUserId)))
        assert.isTrue(Option.isNone(yield* users.credentialsOf("nobody@example.org")))
      })
    )

    it.effect("keeps usernames apart without regard to case", () =>
      Effect.gen(function* () {
        const first = yield* addUser()
        const second = yield* newUser({ username: first.username.toUpperCase() })
        assert.strictEqual((yield* Effect.flip((yield* Users).add(second, longAgo)))._tag, "UsernameTaken")
        assert.isTrue(Option.isNone(yield* (yield* Users).byId(second.id)))
      })
    )

    it.effect("gives a username to one of many who ask at the same time", () =>
      Effect.gen(function* () {
        const { username } = yield* newUser()
        const users = yield* Users
        const exits = yield* Effect.forEach(
          Array.from({ length: 10 }),
          () => Effect.flatMap(newUser({ username }), (user) => Effect.exit(users.add(user, longAgo))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter((exit) => exit._tag === "Success").length, 1)
      })
    )

    it.effect("gives the username of an abandoned registration back", () =>
      Effect.gen(function* () {
        const abandoned = yield* addUser({ createdAt: at(0) })
        const users = yield* Users
        const heir = yield* newUser({ username: abandoned.username })
        yield* users.add(heir, at(1))
        assert.isTrue(Option.isNone(yield* users.byId(abandoned.id)))
        assert.isTrue(Option.isSome(yield* users.byId(heir.id)))
      })
    )

    it.effect("keeps the username of a registration that is not yet abandoned, and of every verified account", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const fresh = yield* addUser({ createdAt: at(10) })
        const verified = yield* addUser({ createdAt: at(0), isVerified: true })
        for (const { username } of [fresh, verified]) {
          const heir = yield* newUser({ username })
          assert.strictEqual((yield* Effect.flip(users.add(heir, at(10))))._tag, "UsernameTaken")
        }
      })
    )

    it.effect("lets many registrations wait for one address, and verifies one", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const first = yield* addUser()
        const second = yield* addUser({ email: first.email.toUpperCase() })
        assert.isFalse(yield* users.hasVerified(first.email))
        assert.isTrue(yield* users.markVerified(second.id))
        assert.isFalse(yield* users.markVerified(first.id))
        assert.isFalse(yield* users.markVerified(second.id))
        assert.isTrue(yield* users.hasVerified(first.email))
        assert.isTrue(Option.getOrThrow(yield* users.byId(second.id)).isVerified)
        assert.isFalse(Option.getOrThrow(yield* users.byId(first.id)).isVerified)
      })
    )

    it.effect("verifies one of many that are verified at the same moment", () =>
      Effect.gen(function* () {
        const users = yield* Users
        for (let round = 0; round < 5; round++) {
          const { email } = yield* newUser()
          const waiting = yield* Effect.replicateEffect(addUser({ email }), 8)
          const verdicts = yield* Effect.forEach(waiting, ({ id }) => users.markVerified(id), {
            concurrency: "unbounded"
          })
          assert.strictEqual(verdicts.filter((won) => won).length, 1)
        }
      })
    )

    it.effect("does not verify an account that is gone", () =>
      Effect.gen(function* () {
        assert.isFalse(yield* (yield* Users).markVerified(yield* newUserId))
      })
    )

    it.effect("signs in the latest registration of an address until one is verified, then that one", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const first = yield* addUser({ createdAt: at(1) })
        const later = yield* addUser({ email: first.email, createdAt: at(2) })
        const who = Effect.map(users.credentialsOf(first.email.toUpperCase()), Option.getOrThrow)
        assert.strictEqual((yield* who).user.id, later.id)
        yield* users.markVerified(first.id)
        assert.strictEqual((yield* who).user.id, first.id)
        assert.strictEqual((yield* who).passwordHash, first.passwordHash)
      })
    )

    it.effect("promotes a listener once, however many ask", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const { id } = yield* addUser()
        const promoted = yield* Effect.all(
          Array.from({ length: 10 }, () => users.promoteToCreator(id, at(5))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(promoted.filter((won) => won).length, 1)
        const user = Option.getOrThrow(yield* users.byId(id))
        assert.strictEqual(user.role, "creator")
        assert.isTrue(user.promotedToCreatorAt !== null && DateTime.Equivalence(user.promotedToCreatorAt, at(5)))
      })
    )

    it.effect("promotes nobody who has another role", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser({ role: "moderator" })
        assert.isFalse(yield* (yield* Users).promoteToCreator(id, at(5)))
        assert.strictEqual(Option.getOrThrow(yield* (yield* Users).byId(id)).role, "moderator")
      })
    )

    it.effect("replaces a password's hash and records log-ins without touching the rest", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const added = yield* addUser({ isVerified: true })
        yield* users.replacePasswordHash(added.id, "another hash")
        yield* users.recordLogin(added.id, at(9), "192.0.2.7")
        const found = Option.getOrThrow(yield* users.credentialsOf(added.email))
        assert.strictEqual(found.passwordHash, "another hash")
        assert.deepInclude(found.user, { id: added.id, username: added.username, tokenVersion: 0 })
      })
    )

    it.effect("removes the registrations that were never verified, and nobody else", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const old = DateTime.makeUnsafe("2001-01-01T00:00:00Z")
        const abandoned = [yield* addUser({ createdAt: old }), yield* addUser({ createdAt: old })]
        const verified = yield* addUser({ createdAt: old, isVerified: true })
        const cutOff = DateTime.add(old, { days: 1 })
        const fresh = yield* addUser({ createdAt: cutOff })
        assert.strictEqual(yield* users.removeAbandoned(cutOff), abandoned.length)
        assert.strictEqual(yield* users.removeAbandoned(cutOff), 0)
        for (const { id } of abandoned) assert.isTrue(Option.isNone(yield* users.byId(id)))
        for (const { id } of [verified, fresh]) assert.isTrue(Option.isSome(yield* users.byId(id)))
      })
    )

    it.effect("holds a username for who is verified, and for a day for who is not, whatever its case", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const yesterday = DateTime.subtract(at(0), { days: 1 })
        const verified = yield* addUser({ createdAt: longAgo, isVerified: true })
        const abandoned = yield* addUser({ createdAt: DateTime.subtract(yesterday, { seconds: 1 }) })
        const waiting = yield* addUser({ createdAt: yesterday })
        assert.isFalse(yield* users.isUsernameFree(verified.username.toUpperCase(), yesterday))
        assert.isTrue(yield* users.isUsernameFree(abandoned.username, yesterday))
        assert.isFalse(yield* users.isUsernameFree(waiting.username, yesterday))
        assert.isTrue(yield* users.isUsernameFree("never-chosen", yesterday))
      })
    )

    it.effect("counts the token version up", () =>
      Effect.gen(function* () {
        const users = yield* Users
        const { id } = yield* addUser()
        yield* users.bumpTokenVersion(id)
        yield* users.bumpTokenVersion(id)
        assert.strictEqual(Option.getOrThrow(yield* users.byId(id)).tokenVersion, 2)
      })
    )
  })
