import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import {
  ApiKeys,
  CredentialErasure,
  CredentialRecords,
  EmailChanges,
  LoginChallenges,
  OAuthIdentities,
  OAuthStates,
  SecondFactors,
  type Sessions,
  type Users
} from "@veza/domain/accounts"
import { Ids, Secrets, type UserId } from "@veza/domain/kernel"
import { newKey } from "./api-keys.contract.ts"
import { addSession, addUser, at } from "./samples.ts"

type Ports =
  | ApiKeys
  | CredentialErasure
  | CredentialRecords
  | EmailChanges
  | LoginChallenges
  | OAuthIdentities
  | OAuthStates
  | SecondFactors
  | Sessions
  | Users
  | Ids
  | Secrets

const browser = new Uint8Array([1])
const newDigest = Effect.map(
  Secrets.use((secrets) => secrets.issue),
  ({ digest }) => digest
)

const addIdentity = Effect.fnUntraced(function* (userId: UserId, providerUserId: string) {
  const id = yield* (yield* Ids).entity
  const identity = { id, userId, provider: "google", email: "x@example.org", isVouched: true, providerUserId } as const
  const tokens = { accessToken: "access", refreshToken: "refresh" }
  return yield* (yield* OAuthIdentities).add({ ...identity, createdAt: at(0), lastUsedAt: at(1) }, tokens)
})

/** Somebody with one of everything that lets them in. */
const addOwner = Effect.fnUntraced(function* () {
  const { id } = yield* addUser({ isVerified: true })
  const { key, digest } = yield* newKey(id)
  yield* (yield* ApiKeys).add(key, digest, 20)
  const factors = yield* SecondFactors
  const secret = new Uint8Array([5])
  yield* factors.propose(id, secret, at(1))
  yield* factors.enable(id, secret, 7, at(2))
  const codes = [new Uint8Array([1]), new Uint8Array([2])] as const
  yield* factors.replaceBackupCodes(id, codes)
  yield* factors.useBackupCode(id, codes[0], at(3))
  const [challenge, change, state] = [yield* newDigest, yield* newDigest, yield* newDigest]
  yield* (yield* LoginChallenges).add({ digest: challenge, userId: id, rememberMe: false, expiresAt: at(600) })
  yield* (yield* EmailChanges).propose({
    digest: change,
    userId: id,
    email: `new-${id}@example.org`,
    expiresAt: at(600)
  })
  const { id: sessionId } = yield* addSession(id)
  yield* (yield* OAuthStates).add(state, {
    provider: "google",
    browserDigest: browser,
    secrets: browser,
    redirect: "https://veza.example",
    sessionId,
    expiresAt: at(600)
  })
  assert.isTrue(yield* addIdentity(id, id))
  return { id, key, challenge, change, state }
})

/** Which of somebody's ways in are open: keys, factor, challenge, change of address, state, identity. */
const openOf = Effect.fnUntraced(function* (owner: Effect.Success<ReturnType<typeof addOwner>>) {
  const { id, challenge, state } = owner
  return [
    (yield* (yield* ApiKeys).living(id, at(10))).length,
    Option.isSome(yield* (yield* SecondFactors).of(id)),
    Option.isSome(yield* (yield* LoginChallenges).attempt(challenge, 5, at(10))),
    Option.isSome(yield* (yield* CredentialRecords).emailChange(id)),
    Option.isSome(yield* (yield* OAuthStates).consume(state, "google", browser, at(10))),
    (yield* (yield* OAuthIdentities).of(id)).length
  ]
})

/** What every store of credentials does when somebody takes their data along, or goes. */
export const credentialErasureContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`CredentialErasure and CredentialRecords: ${name}`, (it) => {
    it.effect("closes every way into one account, and into no other", () =>
      Effect.gen(function* () {
        const [gone, other] = [yield* addOwner(), yield* addOwner()]
        yield* (yield* CredentialErasure).drop(gone.id, at(5))
        assert.deepStrictEqual(yield* openOf(gone), [0, false, false, false, false, 0])
        assert.deepStrictEqual(yield* openOf(other), [1, true, true, true, true, 1])
      })
    )

    it.effect("drops a second factor that waits for its first code", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        yield* (yield* SecondFactors).propose(id, browser, at(0))
        yield* (yield* CredentialErasure).drop(id, at(5))
        assert.isTrue(Option.isNone(yield* (yield* SecondFactors).of(id)))
      })
    )

    it.effect("frees the identity at the provider", () =>
      Effect.gen(function* () {
        const gone = yield* addOwner()
        const { id } = yield* addUser({ isVerified: true })
        assert.isFalse(yield* addIdentity(id, gone.id))
        yield* (yield* CredentialErasure).drop(gone.id, at(5))
        assert.isTrue(yield* addIdentity(id, gone.id))
      })
    )

    it.effect("tells of keys, ended ones too, page by page, until they are forgotten", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        const keys = yield* ApiKeys
        const made = yield* Effect.replicateEffect(newKey(id, { expiresAt: at(100) }), 4)
        for (const { key, digest } of made) yield* keys.add(key, digest, 20)
        const first = made[0]?.key.id ?? assert.fail()
        yield* keys.revoke(first, id, at(3))
        const records = yield* CredentialRecords
        const page = yield* records.apiKeys(id, undefined, 3)
        const all = [...page, ...(yield* records.apiKeys(id, page.at(-1), 3))]
        assert.deepStrictEqual(
          all.map((key) => key.id),
          made.map(({ key }) => key.id).toSorted()
        )
        assert.deepStrictEqual(all.find((key) => key.id === first)?.revokedAt, at(3))

        const erasure = yield* CredentialErasure
        yield* erasure.drop(id, at(5))
        const revoked = (yield* records.apiKeys(id, undefined, 10)).map(({ revokedAt }) => revokedAt?.epochMilliseconds)
        const [early, late] = [at(3).epochMilliseconds, at(5).epochMilliseconds]
        assert.deepStrictEqual(revoked.toSorted(), [early, late, late, late])
        yield* erasure.forgetKeys(id)
        assert.deepStrictEqual(yield* records.apiKeys(id, undefined, 10), [])
      })
    )

    it.effect("tells since when a second factor is on, and which address waits", () =>
      Effect.gen(function* () {
        const { id } = yield* addOwner()
        const records = yield* CredentialRecords
        const factor = Option.getOrThrow(yield* records.secondFactor(id))
        assert.deepStrictEqual(factor, { enabledAt: at(2), unusedBackupCodes: 1 })
        const change = Option.getOrThrow(yield* records.emailChange(id))
        assert.deepStrictEqual({ ...change }, { email: `new-${id}@example.org`, expiresAt: at(600) })
        const { id: nobody } = yield* addUser()
        assert.isTrue(Option.isNone(yield* records.secondFactor(nobody)))
        assert.isTrue(Option.isNone(yield* records.emailChange(nobody)))
      })
    )
  })
