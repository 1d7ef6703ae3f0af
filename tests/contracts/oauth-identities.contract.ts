import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { OAuthIdentities, type OAuthIdentity, Users } from "@veza/domain/accounts"
import { Ids, type UserId } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

const tokens = { accessToken: "access", refreshToken: "refresh" }

const newIdentity = Effect.fnUntraced(function* (userId: UserId, given: Partial<OAuthIdentity> = {}) {
  const id = yield* (yield* Ids).entity
  return {
    id,
    userId,
    provider: "google",
    providerUserId: `at google ${id}`,
    email: `${id}@example.org`,
    isVouched: true,
    createdAt: at(0),
    lastUsedAt: at(0),
    ...given
  } satisfies OAuthIdentity
})
const addIdentity = Effect.fnUntraced(function* (userId: UserId, given: Partial<OAuthIdentity> = {}) {
  const identity: OAuthIdentity = yield* newIdentity(userId, given)
  return { identity, added: yield* (yield* OAuthIdentities).add(identity, tokens) }
})
const verified = { isVerified: true } as const

/** What every store of identities does. */
export const oauthIdentitiesContract = <E>(name: string, adapter: Layer.Layer<OAuthIdentities | Users | Ids, E>) =>
  layer(adapter)(`OAuthIdentities: ${name}`, (it) => {
    it.effect("finds an identity by its provider's id, and those of an account", () =>
      Effect.gen(function* () {
        const user = yield* addUser(verified)
        const { identity } = yield* addIdentity(user.id, { email: undefined })
        const second = (yield* addIdentity(user.id, { provider: "github", createdAt: at(1) })).identity
        const identities = yield* OAuthIdentities
        const found = yield* identities.find("google", identity.providerUserId)
        assert.deepStrictEqual({ ...Option.getOrThrow(found) }, { ...identity })
        assert.isTrue(Option.isNone(yield* identities.find("github", identity.providerUserId)))
        assert.deepStrictEqual(
          (yield* identities.of(user.id)).map(({ id }) => id),
          [identity.id, second.id]
        )
      })
    )

    it.effect("gives an identity to one account, and an account one of each provider", () =>
      Effect.gen(function* () {
        const users = yield* Effect.all(Array.from({ length: 8 }, () => addUser(verified)))
        const { providerUserId } = yield* newIdentity(users[0]?.id ?? (yield* addUser()).id)
        const outcomes = yield* Effect.forEach(users, ({ id }) => addIdentity(id, { providerUserId }), {
          concurrency: "unbounded"
        })
        assert.strictEqual(outcomes.filter(({ added }) => added).length, 1)
        const owner = yield* addUser(verified)
        assert.isTrue((yield* addIdentity(owner.id)).added)
        assert.isFalse((yield* addIdentity(owner.id)).added)
      })
    )

    it.effect("takes an identity from an account that was never confirmed", () =>
      Effect.gen(function* () {
        const [waiting, living] = [yield* addUser(), yield* addUser(verified)]
        const { identity } = yield* addIdentity(waiting.id)
        assert.isTrue((yield* addIdentity(living.id, { providerUserId: identity.providerUserId })).added)
        const found = yield* (yield* OAuthIdentities).find("google", identity.providerUserId)
        assert.strictEqual(Option.getOrThrow(found).userId, living.id)
      })
    )

    it.effect("removes of one account what nobody vouched for", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* addUser(verified), yield* addUser(verified)]
        yield* addIdentity(one.id, { isVouched: false })
        yield* addIdentity(one.id, { provider: "github" })
        yield* addIdentity(other.id, { isVouched: false })
        const identities = yield* OAuthIdentities
        assert.deepStrictEqual(yield* identities.removeUnvouched(one.id), ["google"])
        assert.deepStrictEqual(yield* identities.removeUnvouched(one.id), [])
        assert.deepStrictEqual(
          (yield* identities.of(one.id)).map(({ provider }) => provider),
          ["github"]
        )
        assert.lengthOf(yield* identities.of(other.id), 1)
      })
    )

    it.effect("notes a log-in, and keeps a refresh token that did not come again", () =>
      Effect.gen(function* () {
        const { identity } = yield* addIdentity((yield* addUser(verified)).id)
        const identities = yield* OAuthIdentities
        yield* identities.markUsed(identity.id, { accessToken: "newer", refreshToken: undefined }, at(9))
        const found = Option.getOrThrow(yield* identities.find("google", identity.providerUserId))
        assert.deepStrictEqual(found.lastUsedAt, at(9))
        const row = (yield* identities.tokensAfter(undefined, 1000)).find(({ id }) => id === identity.id)
        assert.deepInclude(row, { accessToken: "newer", refreshToken: "refresh" })
      })
    )

    it.effect("never removes the last way in, however many ways go at once", () =>
      Effect.gen(function* () {
        const identities = yield* OAuthIdentities
        const user = yield* addUser({ ...verified, passwordHash: undefined })
        const providers = ["google", "github", "discord", "spotify"] as const
        for (const provider of providers) yield* addIdentity(user.id, { provider })
        const outcomes = yield* Effect.forEach(providers, (provider) => identities.remove(user.id, provider), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(outcomes.toSorted(), ["last", "removed", "removed", "removed"])
        assert.strictEqual((yield* identities.of(user.id)).length, 1)
        const gone = providers[outcomes.indexOf("removed")] ?? "google"
        assert.strictEqual(yield* identities.remove(user.id, gone), "absent")
        const last = providers[outcomes.indexOf("last")] ?? "google"
        yield* (yield* Users).replacePasswordHash(user.id, "a hash")
        assert.strictEqual(yield* identities.remove(user.id, last), "removed")
      })
    )

    it.effect("walks through all tokens in order, and replaces what is as it was read", () =>
      Effect.gen(function* () {
        const identities = yield* OAuthIdentities
        const before = yield* identities.countWithTokens
        const added = yield* Effect.all(
          Array.from({ length: 5 }, () => Effect.flatMap(addUser(verified), ({ id }) => addIdentity(id)))
        )
        assert.strictEqual(yield* identities.countWithTokens, before + 5)
        const ids: Array<string> = []
        for (;;) {
          const batch = yield* identities.tokensAfter(ids.at(-1), 2)
          ids.push(...batch.map(({ id }) => id))
          if (batch.length < 2) break
        }
        assert.strictEqual(ids.length, before + 5)
        assert.deepStrictEqual(ids, ids.toSorted())
        const first = added[0]?.identity.id
        const row = (yield* identities.tokensAfter(undefined, 1000)).find(({ id }) => id === first)
        if (row === undefined) return assert.fail("the row is not there")
        const sealed = { accessToken: "sealed", refreshToken: undefined }
        const others = (yield* identities.tokensAfter(undefined, 1000)).filter(({ id }) => id !== first).slice(0, 2)
        const rest = others.map((read) => ({ read, tokens: sealed }))
        assert.strictEqual(yield* identities.replaceTokens([{ read: row, tokens: sealed }, ...rest]), 3)
        const late = { accessToken: "late", refreshToken: undefined }
        assert.strictEqual(yield* identities.replaceTokens([{ read: row, tokens: late }]), 0)
        const after = (yield* identities.tokensAfter(undefined, 1000)).find(({ id }) => id === first)
        assert.deepInclude(after, sealed)
      })
    )
  })
