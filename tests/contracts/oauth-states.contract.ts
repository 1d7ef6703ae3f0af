import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { type OAuthState, OAuthStates, Sessions, type Users } from "@veza/domain/accounts"
import { type Ids, Secrets } from "@veza/domain/kernel"
import { addSession, addUser, at } from "./samples.ts"

const browser = new Uint8Array([1, 2, 3])
const state: OAuthState = {
  provider: "google",
  browserDigest: browser,
  secrets: new Uint8Array([4, 5]),
  redirect: "https://veza.example/done",
  sessionId: undefined,
  expiresAt: at(600)
}
const addState = Effect.fnUntraced(function* (given: Partial<OAuthState> = {}) {
  const { digest } = yield* (yield* Secrets).issue
  yield* (yield* OAuthStates).add(digest, { ...state, ...given })
  return digest
})

/** What every store of log-ins under way does. */
export const oauthStatesContract = <E>(
  name: string,
  adapter: Layer.Layer<OAuthStates | Sessions | Users | Ids | Secrets, E>
) =>
  layer(adapter)(`OAuthStates: ${name}`, (it) => {
    it.effect("gives a state to one of many who ask", () =>
      Effect.gen(function* () {
        const digest = yield* addState()
        const states = yield* OAuthStates
        const answers = yield* Effect.all(
          Array.from({ length: 20 }, () => states.consume(digest, "google", browser, at(1))),
          { concurrency: "unbounded" }
        )
        const [found] = answers.filter(Option.isSome)
        assert.strictEqual(answers.filter(Option.isSome).length, 1)
        assert.strictEqual(found?.value.redirect, state.redirect)
        assert.deepStrictEqual(found && Array.from(found.value.secrets), [4, 5])
        assert.isUndefined(found?.value.sessionId)
      })
    )

    it.effect("gives it for its provider, its browser and its time only, and keeps it otherwise", () =>
      Effect.gen(function* () {
        const session = yield* addSession((yield* addUser()).id)
        const digest = yield* addState({ sessionId: session.id })
        const { consume } = yield* OAuthStates
        assert.isTrue(Option.isNone(yield* consume(digest, "github", browser, at(1))))
        assert.isTrue(Option.isNone(yield* consume(digest, "google", new Uint8Array([1]), at(1))))
        assert.isTrue(Option.isNone(yield* consume(digest, "google", browser, at(600))))
        assert.isTrue(Option.isNone(yield* consume(new Uint8Array(32), "google", browser, at(1))))
        assert.strictEqual(Option.getOrThrow(yield* consume(digest, "google", browser, at(599))).sessionId, session.id)
      })
    )

    it.effect("forgets a state with its session, and those whose time is over", () =>
      Effect.gen(function* () {
        const session = yield* addSession((yield* addUser()).id, { expiresAt: at(1) })
        const bound = yield* addState({ sessionId: session.id })
        const [old, young] = [yield* addState(), yield* addState({ expiresAt: at(5000) })]
        const states = yield* OAuthStates
        yield* (yield* Sessions).forget(at(2))
        assert.isTrue(Option.isNone(yield* states.consume(bound, "google", browser, at(3))))
        assert.isAtLeast(yield* states.forget(at(4000)), 1)
        assert.isTrue(Option.isNone(yield* states.consume(old, "google", browser, at(3))))
        assert.isTrue(Option.isSome(yield* states.consume(young, "google", browser, at(3))))
      })
    )
  })
