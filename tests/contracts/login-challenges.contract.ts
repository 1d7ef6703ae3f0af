import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { LoginChallenges, type Users } from "@veza/domain/accounts"
import { type Ids, Secrets } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

const addChallenge = Effect.fnUntraced(function* (rememberMe = false) {
  const { id } = yield* addUser()
  const { digest } = yield* (yield* Secrets).issue
  yield* (yield* LoginChallenges).add({ digest, userId: id, rememberMe, expiresAt: at(300) })
  return { digest, userId: id }
})

/** What every store of challenges does. */
export const loginChallengesContract = <E>(
  name: string,
  adapter: Layer.Layer<LoginChallenges | Users | Ids | Secrets, E>
) =>
  layer(adapter)(`LoginChallenges: ${name}`, (it) => {
    it.effect("answers a living challenge, and no other", () =>
      Effect.gen(function* () {
        const { digest, userId } = yield* addChallenge(true)
        const { attempt } = yield* LoginChallenges
        assert.deepStrictEqual(yield* attempt(digest, 5, at(299)), Option.some({ userId, rememberMe: true }))
        assert.isTrue(Option.isNone(yield* attempt(digest, 5, at(300))))
        assert.isTrue(Option.isNone(yield* attempt(new Uint8Array(32), 5, at(1))))
      })
    )

    it.effect("gives as many attempts as there are, however many come at once", () =>
      Effect.gen(function* () {
        const { digest } = yield* addChallenge()
        const { attempt } = yield* LoginChallenges
        const given = yield* Effect.all(
          Array.from({ length: 20 }, () => attempt(digest, 5, at(1))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(given.filter(Option.isSome).length, 5)
      })
    )

    it.effect("uses a challenge up once, however many try", () =>
      Effect.gen(function* () {
        const { digest } = yield* addChallenge()
        const { attempt, consume } = yield* LoginChallenges
        assert.isFalse(yield* consume(digest, at(300)))
        const won = yield* Effect.all(
          Array.from({ length: 20 }, () => consume(digest, at(1))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(won.filter((one) => one).length, 1)
        assert.isTrue(Option.isNone(yield* attempt(digest, 5, at(1))))
      })
    )

    it.effect("ends all of one account, and forgets what ended", () =>
      Effect.gen(function* () {
        const [mine, other] = [yield* addChallenge(), yield* addChallenge()]
        const challenges = yield* LoginChallenges
        yield* challenges.endAll(mine.userId)
        assert.isFalse(yield* challenges.consume(mine.digest, at(1)))
        assert.isTrue(Option.isSome(yield* challenges.attempt(other.digest, 5, at(1))))
        assert.strictEqual(yield* challenges.forget(at(299)), 0)
        assert.isAtLeast(yield* challenges.forget(at(301)), 1)
        assert.isTrue(Option.isNone(yield* challenges.attempt(other.digest, 5, at(1))))
      })
    )
  })
