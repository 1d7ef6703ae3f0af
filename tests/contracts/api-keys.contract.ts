import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { type ApiKey, ApiKeys, KeyPrincipals, Principals, Users } from "@veza/domain/accounts"
import { ApiKeyId, Ids, Secrets, Transaction, type UserId } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

type Ports = ApiKeys | KeyPrincipals | Principals | Users | Transaction | Ids | Secrets

const plenty = 1000
export const newKey = Effect.fnUntraced(function* (userId: UserId, given: Partial<ApiKey> = {}) {
  const key: ApiKey = {
    id: ApiKeyId.make(yield* (yield* Ids).entity),
    userId,
    name: "a key ♪",
    prefix: "vza_12345678",
    scopes: ["read", "write"],
    createdAt: at(0),
    lastUsedAt: null,
    expiresAt: null,
    retiresAt: null,
    ...given
  }
  return { key, digest: (yield* (yield* Secrets).issue).digest }
})
const add = Effect.fnUntraced(function* (userId: UserId, given: Partial<ApiKey> = {}, limit = plenty) {
  const made = yield* newKey(userId, given)
  const added = yield* (yield* Transaction).atomically((yield* ApiKeys).add(made.key, made.digest, limit))
  return { ...made, added }
})
const living = (userId: UserId, seconds = 1) => ApiKeys.use((keys) => keys.living(userId, at(seconds)))
const owner = Effect.map(addUser({ isVerified: true }), ({ id }) => id)
const all = <A, E, R>(works: ReadonlyArray<Effect.Effect<A, E, R>>) => Effect.all(works, { concurrency: "unbounded" })

/** What every store of API keys does, and the record behind authentication by key. */
export const apiKeysContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter, { excludeTestServices: true })(`ApiKeys and KeyPrincipals: ${name}`, (it) => {
    it.effect("answers the living keys of a user, the latest first, and nobody else's", () =>
      Effect.gen(function* () {
        const [user, other] = [yield* owner, yield* owner]
        const { key: older } = yield* add(user, { scopes: ["admin"], expiresAt: at(100) })
        const { key: later } = yield* add(user, { createdAt: at(1) })
        yield* add(other)
        assert.deepStrictEqual(yield* living(user, 1), [later, older])
        assert.deepStrictEqual(yield* living(user, 100), [later])
      })
    )

    it.effect("has never more living keys than the limit, however many are added at once", () =>
      Effect.gen(function* () {
        const user = yield* owner
        yield* add(user, { expiresAt: at(10) })
        const added = yield* all(Array.from({ length: 12 }, () => add(user, {}, 5)))
        assert.strictEqual(added.filter((one) => one.added).length, 4)
        assert.strictEqual((yield* living(user)).length, 5)
        assert.isTrue((yield* add(user, { createdAt: at(10) }, 5)).added)
      })
    )

    it.effect("revokes a living key of its user once", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        const [user, other] = [yield* owner, yield* owner]
        const { key } = yield* add(user)
        const { key: expired } = yield* add(user, { expiresAt: at(2) })
        assert.isFalse(yield* keys.revoke(key.id, other, at(1)))
        assert.isFalse(yield* keys.revoke(expired.id, user, at(2)))
        const won = yield* all(Array.from({ length: 10 }, (_, n) => keys.revoke(key.id, user, at(10 - n))))
        assert.strictEqual(won.filter((one) => one).length, 1)
        assert.deepStrictEqual(yield* living(user, 3), [])
      })
    )

    it.effect("retires a living key of its user once, at the time it is told", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        const [user, other] = [yield* owner, yield* owner]
        const { key } = yield* add(user, { expiresAt: at(1000) })
        assert.isTrue(Option.isNone(yield* keys.retire(key.id, other, at(60), at(1))))
        const won = yield* all(Array.from({ length: 10 }, () => keys.retire(key.id, user, at(60), at(1))))
        assert.deepStrictEqual(
          won.filter(Option.isSome).map(({ value }) => value),
          [{ ...key, retiresAt: at(60) }]
        )
        assert.strictEqual((yield* living(user, 59)).length, 1)
        assert.strictEqual((yield* living(user, 60)).length, 0)
        const { key: revoked } = yield* add(user)
        yield* keys.revoke(revoked.id, user, at(1))
        assert.isTrue(Option.isNone(yield* keys.retire(revoked.id, user, at(60), at(2))))
      })
    )

    it.effect("notes the latest use of each key", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        const user = yield* owner
        const { key: one } = yield* add(user)
        const { key: two } = yield* add(user, { createdAt: at(1) })
        const millis = (seconds: number) => DateTime.toEpochMillis(at(seconds)) + 7
        const unknown = ApiKeyId.make(yield* (yield* Ids).entity)
        yield* keys.markUsed(
          new Map([
            [one.id, millis(5)],
            [two.id, millis(9)],
            [unknown, millis(1)]
          ])
        )
        yield* keys.markUsed(
          new Map([
            [one.id, millis(8)],
            [two.id, millis(6)]
          ])
        )
        const used = (yield* living(user)).map(({ lastUsedAt }) => lastUsedAt?.epochMilliseconds)
        assert.deepStrictEqual(used, [millis(9), millis(8)])
      })
    )

    it.effect("forgets keys that ended long ago, however they ended, and no others", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        const principals = yield* KeyPrincipals
        const user = yield* owner
        const [expired, retired, revoked] = [yield* add(user, { expiresAt: at(5) }), yield* add(user), yield* add(user)]
        const [young, endless] = [yield* add(user, { expiresAt: at(50) }), yield* add(user)]
        yield* keys.retire(retired.key.id, user, at(5), at(1))
        yield* keys.revoke(revoked.key.id, user, at(5))
        assert.isAtLeast(yield* keys.forget(at(6)), 3)
        for (const { digest } of [expired, retired, revoked]) assert.isUndefined(yield* principals.of(digest))
        for (const { digest } of [young, endless]) assert.isDefined(yield* principals.of(digest))
      })
    )

    it.effect("tells what authentication must know", () =>
      Effect.gen(function* () {
        const principals = yield* KeyPrincipals
        const user = yield* owner
        const { key, digest } = yield* add(user)
        const expected = {
          keyId: key.id,
          userId: user,
          role: "user",
          isVerified: true,
          isAdmitted: true,
          scopes: ["read", "write"],
          endsAt: null
        } as const
        assert.isUndefined(principals.peek(digest))
        for (let i = 0; i < 3; i++) assert.deepStrictEqual(yield* principals.of(digest), expected)
        assert.include([undefined, "user"], principals.peek(digest)?.role)
        const { digest: ending } = yield* add(user, { expiresAt: at(5) })
        assert.strictEqual((yield* principals.of(ending))?.endsAt, DateTime.toEpochMillis(at(5)))
        const { digest: nobodys } = yield* (yield* Secrets).issue
        for (let i = 0; i < 3; i++) assert.isUndefined(yield* principals.of(nobodys))
      })
    )

    it.effect("sees a revocation, an early end and a new role the moment they are committed, in every key", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        const principals = yield* KeyPrincipals
        const user = yield* owner
        const [revoked, retired, other] = [yield* add(user), yield* add(user), yield* add(user)]
        // Twice: the second look is the one that is kept.
        for (const { digest } of [revoked, retired, other, revoked, retired, other]) yield* principals.of(digest)
        yield* (yield* Transaction).atomically(
          Effect.gen(function* () {
            yield* keys.revoke(revoked.key.id, user, at(1))
            yield* keys.retire(retired.key.id, user, at(60), at(1))
            yield* (yield* Users).promoteToCreator(user, at(1))
            yield* (yield* Principals).invalidate(user)
          })
        )
        const seen = yield* Effect.forEach([revoked, retired, other], ({ digest }) => principals.of(digest))
        assert.deepStrictEqual(
          seen.map((one) => [one?.endsAt, one?.role]),
          [
            [0, "creator"],
            [DateTime.toEpochMillis(at(60)), "creator"],
            [null, "creator"]
          ]
        )
      })
    )

    it.effect("takes an overlap of nothing for a revocation, whose clock nobody has to share", () =>
      Effect.gen(function* () {
        const user = yield* owner
        const { key, digest } = yield* add(user)
        yield* (yield* ApiKeys).retire(key.id, user, at(1), at(1))
        assert.strictEqual((yield* (yield* KeyPrincipals).of(digest))?.endsAt, 0)
      })
    )

    it.effect("keeps nothing that was read in a transaction and rolled back", () =>
      Effect.gen(function* () {
        const keys = yield* ApiKeys
        const principals = yield* KeyPrincipals
        const user = yield* owner
        const { key, digest } = yield* add(user)
        yield* principals.of(digest)
        const work = Effect.gen(function* () {
          yield* keys.revoke(key.id, user, at(1))
          yield* (yield* Principals).invalidate(user)
          yield* principals.of(digest)
          return yield* Effect.fail("no" as const)
        })
        yield* Effect.flip((yield* Transaction).atomically(work))
        assert.isNull((yield* principals.of(digest))?.endsAt)
      })
    )
  })
