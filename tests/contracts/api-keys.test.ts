import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { ApiKeys, KeyPrincipals, Principals } from "@veza/domain/accounts"
import { Transaction } from "@veza/domain/kernel"
import { memoryAdapters } from "@veza/adapters/memory"
import { postgresAdapters } from "../support/postgres-adapters.ts"
import { apiKeysContract, newKey } from "./api-keys.contract.ts"
import { addUser, eventually } from "./samples.ts"

apiKeysContract("memory", memoryAdapters)
apiKeysContract("PostgreSQL", postgresAdapters)

layer(postgresAdapters, { excludeTestServices: true })("KeyPrincipals: PostgreSQL", (it) => {
  const storeNew = Effect.gen(function* () {
    const { id } = yield* addUser({ isVerified: true })
    const made = yield* newKey(id)
    const store = (yield* Transaction).atomically((yield* ApiKeys).add(made.key, made.digest, 20))
    return { ...made, store }
  })

  it.effect("tells of a key in use without asking, until something about its user changes", () =>
    Effect.gen(function* () {
      const principals = yield* KeyPrincipals
      const { key, digest, store } = yield* storeNew
      yield* store
      const isAtHand = Effect.map(principals.of(digest), () => principals.peek(digest)?.keyId === key.id)
      assert.isTrue(yield* eventually(isAtHand))
      yield* (yield* Transaction).atomically((yield* Principals).invalidate(key.userId))
      assert.isUndefined(principals.peek(digest))
    })
  )

  it.effect("asks once for a key that nobody issued, and believes the answer for a while", () =>
    Effect.gen(function* () {
      const principals = yield* KeyPrincipals
      const { digest, store } = yield* storeNew
      assert.isUndefined(yield* principals.of(digest))
      yield* store
      assert.isUndefined(yield* principals.of(digest))
    })
  )
})
