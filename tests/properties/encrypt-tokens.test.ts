import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { providerTokens } from "@veza/adapters/crypto"
import { memoryAdapters } from "@veza/adapters/memory"
import { encryptProviderTokens, OAuthIdentities, ProviderTokens } from "@veza/domain/accounts"
import { addUser, at } from "../contracts/samples.ts"

const [one, two] = ["one", "two"].map((name) => Redacted.make(`${name}-secret-of-more-than-32-characters`))
if (one === undefined || two === undefined) throw new Error("two secrets")
const vault = (current: Redacted.Redacted<string>, ...former: ReadonlyArray<Redacted.Redacted<string>>) =>
  Layer.fresh(providerTokens({ current, former }))

const accounts = 450
const fill = Effect.gen(function* () {
  const identities = yield* OAuthIdentities
  for (let n = 0; n < accounts; n++) {
    const user = yield* addUser({ isVerified: true })
    const identity = {
      id: user.id,
      userId: user.id,
      provider: "google",
      providerUserId: `g${n}`,
      email: undefined,
      isVouched: true
    } as const
    const tokens = { accessToken: `access ${n}`, refreshToken: n % 2 === 0 ? `refresh ${n}` : undefined }
    yield* identities.add({ ...identity, createdAt: at(0), lastUsedAt: at(0) }, tokens)
  }
})
const encrypt = (flags: { readonly dryRun?: boolean; readonly rotate?: boolean } = {}, seen: Array<number> = []) =>
  encryptProviderTokens({ dryRun: false, rotate: false, ...flags }, (done) => seen.push(done))
const forms = Effect.gen(function* () {
  const { formOf } = yield* ProviderTokens
  const rows = yield* (yield* OAuthIdentities).tokensAfter(undefined, accounts)
  const stored = rows.flatMap((row) =>
    [row.accessToken, row.refreshToken].flatMap((token) =>
      token === undefined ? [] : [formOf(`google ${row.providerUserId}`, token)]
    )
  )
  return [...new Set(stored)]
})

describe("encrypting providers' tokens", () => {
  it.effect("counts, encrypts in batches, and is done once", () =>
    Effect.gen(function* () {
      yield* fill
      yield* Effect.gen(function* () {
        assert.deepInclude(yield* encrypt({ dryRun: true }), { total: accounts, plain: accounts, changed: accounts })
        assert.deepStrictEqual(yield* forms, ["plain"])
        const seen: Array<number> = []
        assert.deepInclude(yield* encrypt({}, seen), { plain: accounts, changed: accounts })
        assert.deepStrictEqual(seen, [200, 400, 450])
        assert.deepStrictEqual(yield* forms, ["current"])
        assert.deepInclude(yield* encrypt({ rotate: true }), { current: accounts, changed: 0 })
      }).pipe(Effect.provide(vault(one)))

      yield* Effect.gen(function* () {
        assert.deepInclude(yield* encrypt(), { former: accounts, changed: 0 })
        assert.deepInclude(yield* encrypt({ rotate: true }), { former: accounts, changed: accounts })
        assert.deepStrictEqual(yield* forms, ["current"])
      }).pipe(Effect.provide(vault(two, one)))

      yield* Effect.gen(function* () {
        assert.deepInclude(yield* encrypt({ rotate: true }), { unreadable: accounts, changed: 0 })
      }).pipe(Effect.provide(vault(one)))
    }).pipe(Effect.provide(memoryAdapters))
  )
})
