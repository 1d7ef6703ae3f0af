import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { RefreshTokens, Sessions, type Users } from "@veza/domain/accounts"
import { type Ids, Secrets, Transaction } from "@veza/domain/kernel"
import { addSession, addUser, at } from "./samples.ts"

const sealed = new Uint8Array([1, 2, 3])

const addToken = Effect.fnUntraced(function* () {
  const session = yield* addSession((yield* addUser()).id)
  const { digest } = yield* (yield* Secrets).issue
  yield* (yield* RefreshTokens).add(digest, session.id, at(0))
  return { session, digest }
})
const lock = (digest: Uint8Array) => RefreshTokens.use((tokens) => tokens.lock(digest))
const found = (digest: Uint8Array) => Effect.map(lock(digest), Option.getOrThrow)

/** What every store of refresh tokens does. */
export const refreshTokensContract = <E>(
  name: string,
  adapter: Layer.Layer<RefreshTokens | Sessions | Users | Ids | Secrets | Transaction, E>
) =>
  layer(adapter)(`RefreshTokens: ${name}`, (it) => {
    it.effect("answers a token with its session", () =>
      Effect.gen(function* () {
        const { session, digest } = yield* addToken()
        const token = yield* found(digest)
        assert.strictEqual(token.session.id, session.id)
        assert.deepInclude(token, { isRevoked: false, rotatedAt: undefined, successor: undefined })
        assert.isTrue(Option.isNone(yield* lock(new Uint8Array(32))))
      })
    )

    it.effect("rotates a token once, however many try", () =>
      Effect.gen(function* () {
        const { digest } = yield* addToken()
        const tokens = yield* RefreshTokens
        const won = yield* Effect.all(
          Array.from({ length: 20 }, () => tokens.rotate(digest, sealed, at(5))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(won.filter((one) => one).length, 1)
        const token = yield* found(digest)
        assert.deepStrictEqual(token.successor && Array.from(token.successor), [1, 2, 3])
        assert.deepStrictEqual(token.rotatedAt, at(5))
      })
    )

    it.effect("lets those who wait for the lock see what the one before has written", () =>
      Effect.gen(function* () {
        const { digest } = yield* addToken()
        const tokens = yield* RefreshTokens
        const { atomically } = yield* Transaction
        const turn = Effect.gen(function* () {
          const token = Option.getOrThrow(yield* tokens.lock(digest))
          if (token.rotatedAt === undefined) yield* tokens.rotate(digest, sealed, at(5))
          return token.rotatedAt === undefined
        })
        const firsts = yield* Effect.all(
          Array.from({ length: 10 }, () => atomically(turn)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(firsts.filter((first) => first).length, 1)
      })
    )

    it.effect("tells that the session was revoked, and goes with it when it is forgotten", () =>
      Effect.gen(function* () {
        const { session, digest } = yield* addToken()
        const sessions = yield* Sessions
        yield* sessions.revoke(session.id, session.userId, "logout", at(1))
        assert.isTrue((yield* found(digest)).isRevoked)
        assert.isAtLeast(yield* sessions.forget(at(2)), 1)
        assert.isTrue(Option.isNone(yield* lock(digest)))
      })
    )

    it.effect("empties successors whose time is over, and no others", () =>
      Effect.gen(function* () {
        const [old, young] = [yield* addToken(), yield* addToken()]
        const tokens = yield* RefreshTokens
        yield* tokens.rotate(old.digest, sealed, at(5))
        yield* tokens.rotate(young.digest, sealed, at(50))
        assert.isAtLeast(yield* tokens.forgetSuccessors(at(20)), 1)
        assert.isUndefined((yield* found(old.digest)).successor)
        assert.isDefined((yield* found(young.digest)).successor)
        assert.isDefined(DateTime.toEpochMillis((yield* found(old.digest)).rotatedAt ?? at(0)))
      })
    )
  })
