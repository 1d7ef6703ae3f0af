import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { MailTokens, Users } from "@veza/domain/accounts"
import { type Ids, Secrets } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

const addToken = Effect.fnUntraced(function* (expiresAt: DateTime.Utc, createdAt = at(0)) {
  const { id: userId } = yield* addUser({ createdAt })
  const { digest } = yield* (yield* Secrets).issue
  yield* (yield* MailTokens).add({ digest, purpose: "verify_email", userId, expiresAt })
  return { digest, userId }
})

/** What every store of mailed secrets does. */
export const mailTokensContract = <E>(name: string, adapter: Layer.Layer<MailTokens | Users | Secrets | Ids, E>) =>
  layer(adapter)(`MailTokens: ${name}`, (it) => {
    it.effect("tells whose a token is, once", () =>
      Effect.gen(function* () {
        const tokens = yield* MailTokens
        const { digest, userId } = yield* addToken(at(60))
        assert.deepStrictEqual(yield* tokens.consume(digest, "verify_email", at(1)), Option.some(userId))
        assert.isTrue(Option.isNone(yield* tokens.consume(digest, "verify_email", at(1))))
      })
    )

    it.effect("is used by one of many at the same time", () =>
      Effect.gen(function* () {
        const tokens = yield* MailTokens
        const { digest } = yield* addToken(at(60))
        const answers = yield* Effect.all(
          Array.from({ length: 20 }, () => tokens.consume(digest, "verify_email", at(1))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter(Option.isSome).length, 1)
      })
    )

    it.effect("is good until just before its end", () =>
      Effect.gen(function* () {
        const tokens = yield* MailTokens
        const early = yield* addToken(at(60))
        const late = yield* addToken(at(60))
        const lastMoment = DateTime.subtract(at(60), { milliseconds: 1 })
        assert.isTrue(Option.isSome(yield* tokens.consume(early.digest, "verify_email", lastMoment)))
        assert.isTrue(Option.isNone(yield* tokens.consume(late.digest, "verify_email", at(60))))
      })
    )

    it.effect("knows no secret that was not issued", () =>
      Effect.gen(function* () {
        const { digest } = yield* (yield* Secrets).issue
        assert.isTrue(Option.isNone(yield* (yield* MailTokens).consume(digest, "verify_email", at(1))))
      })
    )

    it.effect("is useless once its owner's tokens of that purpose are cancelled, and no other is", () =>
      Effect.gen(function* () {
        const tokens = yield* MailTokens
        const cancelled = yield* addToken(at(60))
        const stranger = yield* addToken(at(60))
        yield* tokens.cancel(cancelled.userId, "reset_password")
        assert.isTrue(Option.isSome(yield* tokens.ownerOf(cancelled.digest, "verify_email", at(1))))
        yield* tokens.cancel(cancelled.userId, "verify_email")
        assert.isTrue(Option.isNone(yield* tokens.consume(cancelled.digest, "verify_email", at(1))))
        assert.isTrue(Option.isSome(yield* tokens.consume(stranger.digest, "verify_email", at(1))))
      })
    )

    it.effect("goes with its account", () =>
      Effect.gen(function* () {
        const old = DateTime.makeUnsafe("2002-01-01T00:00:00Z")
        const { digest } = yield* addToken(at(60), old)
        yield* (yield* Users).removeAbandoned(DateTime.add(old, { days: 1 }))
        assert.isTrue(Option.isNone(yield* (yield* MailTokens).consume(digest, "verify_email", at(1))))
      })
    )
  })
