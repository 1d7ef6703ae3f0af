import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Redacted } from "effect"
import { oneTimePasswords, sealingCrypto } from "@veza/adapters/crypto"
import { memoryAdapters } from "@veza/adapters/memory"
import { AccessTokens, AccountSettings, login, PasswordHasher, Users } from "@veza/domain/accounts"
import { type Anonymous, Outbox } from "@veza/domain/kernel"
import { MaintenanceMode, OutboxQueue } from "@veza/domain/platform"
import { addUser } from "../contracts/samples.ts"

const guest: Anonymous = { _tag: "Anonymous", origin: { ip: "192.0.2.1", userAgent: "test", requestId: "r-1" } }

const others = Layer.mergeAll(
  Layer.mock(PasswordHasher, { verify: () => Effect.succeed({ matches: false, outdated: false }) }),
  Layer.mock(AccessTokens, { peek: () => undefined }),
  oneTimePasswords,
  sealingCrypto(Redacted.make("s".repeat(32))),
  Layer.succeed(AccountSettings, {
    passwordMinLength: 10,
    breachedPasswords: new Set<string>(),
    ageGateRequired: false,
    freeLogins: 5
  }),
  Layer.succeed(MaintenanceMode, { read: () => ({ on: false, source: "database" }) })
)
const failing = (email: string) =>
  Effect.flip(login(guest, { email, password: Redacted.make("wrong"), rememberMe: false }))
const told = Effect.map(
  OutboxQueue.use((queue) => queue.claim(100, Duration.minutes(1))),
  (claimed) => claimed.map(({ event }) => event)
)

describe("a log-in that fails", () => {
  it.effect("writes the same for an address that is known and one that is not, and names neither", () =>
    Effect.gen(function* () {
      const user = yield* addUser({ isVerified: true })
      for (const email of [user.email, "nobody@example.org", "NOBODY@example.org"]) {
        assert.strictEqual((yield* failing(email))._tag, "InvalidCredentials")
      }
      const [known, unknown] = yield* told
      const keys = ({ payload }: { readonly payload: unknown }) => Object.keys(Object(payload)).toSorted()
      assert.isDefined(known)
      assert.isDefined(unknown)
      assert.strictEqual(known.type, unknown.type)
      assert.deepStrictEqual(keys(known), keys(unknown))
      assert.deepInclude(known.payload, { user_id: user.id })
      assert.deepInclude(unknown.payload, { user_id: null })
      assert.notInclude(JSON.stringify([known, unknown]), "example.org")
      assert.notStrictEqual(known.aggregate, unknown.aggregate)
    }).pipe(Effect.provide(Layer.merge(memoryAdapters, others)))
  )

  it.effect("is that of a password which was changed while it was being judged", () =>
    Effect.gen(function* () {
      const user = yield* addUser({ isVerified: true })
      const users = yield* Users
      const slow = PasswordHasher.of({
        hash: () => Effect.succeed("next"),
        verify: () => Effect.as(users.replacePasswordHash(user.id, "changed"), { matches: true, outdated: true })
      })
      const attempt = Effect.provideService(failing(user.email), PasswordHasher, slow)
      assert.strictEqual((yield* attempt)._tag, "InvalidCredentials")
      assert.deepStrictEqual(yield* users.passwordHashOf(user.id), Option.some("changed"))
    }).pipe(Effect.provide(Layer.merge(memoryAdapters, others)))
  )

  it.effect("is answered alike when it cannot be written down", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failing("nobody@example.org"))._tag, "InvalidCredentials")
    }).pipe(
      Effect.provide(
        Layer.mergeAll(memoryAdapters, others, Layer.mock(Outbox, { append: () => Effect.die("the database is away") }))
      )
    )
  )
})
