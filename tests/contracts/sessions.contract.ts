import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import { Principals, type Session, Sessions, type Users } from "@veza/domain/accounts"
import type { Ids } from "@veza/domain/kernel"
import { addSession, addUser, at, newSessionId, newUserId } from "./samples.ts"

/** The end of a session as authentication sees it; 0 once it was revoked. */
const endOf = Effect.fnUntraced(function* (session: Session) {
  const principals = yield* Principals
  yield* principals.invalidate(session.userId)
  return (yield* principals.of(session.userId, session.id))?.sessionEndsAt
})

/** What every store of sessions does. */
export const sessionsContract = <E>(name: string, adapter: Layer.Layer<Sessions | Users | Principals | Ids, E>) =>
  layer(adapter)(`Sessions: ${name}`, (it) => {
    it.effect("counts those that live", () =>
      Effect.gen(function* () {
        const sessions = yield* Sessions
        const { id: userId } = yield* addUser()
        const before = yield* sessions.count(at(100))
        const ended = yield* addSession(userId)
        yield* addSession(userId)
        yield* addSession(userId, { expiresAt: at(50) })
        yield* sessions.revoke(ended.id, userId, "logout", at(1))
        assert.strictEqual(yield* sessions.count(at(100)), before + 1)
      })
    )

    it.effect("ends a session once, however many ask", () =>
      Effect.gen(function* () {
        const session = yield* addSession((yield* addUser()).id)
        const sessions = yield* Sessions
        const ended = yield* Effect.all(
          Array.from({ length: 10 }, () => sessions.revoke(session.id, session.userId, "logout", at(1))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(ended.filter((won) => won).length, 1)
        assert.strictEqual(yield* endOf(session), 0)
      })
    )

    it.effect("ends no session of somebody else, and none that never was", () =>
      Effect.gen(function* () {
        const session = yield* addSession((yield* addUser()).id)
        const sessions = yield* Sessions
        assert.isFalse(yield* sessions.revoke(session.id, yield* newUserId, "logout", at(1)))
        assert.isFalse(yield* sessions.revoke(yield* newSessionId, session.userId, "logout", at(1)))
        assert.strictEqual(yield* endOf(session), DateTime.toEpochMillis(session.expiresAt))
      })
    )

    it.effect("moves the end of a living session later, never earlier", () =>
      Effect.gen(function* () {
        const session = yield* addSession((yield* addUser()).id, { expiresAt: at(100) })
        const sessions = yield* Sessions
        yield* sessions.extend(session.id, at(200))
        assert.strictEqual(yield* endOf(session), DateTime.toEpochMillis(at(200)))
        yield* sessions.extend(session.id, at(150))
        assert.strictEqual(yield* endOf(session), DateTime.toEpochMillis(at(200)))
      })
    )

    it.effect("does not bring a revoked session back to life", () =>
      Effect.gen(function* () {
        const session = yield* addSession((yield* addUser()).id)
        const sessions = yield* Sessions
        yield* sessions.revoke(session.id, session.userId, "logout", at(1))
        yield* sessions.extend(session.id, at(90 * 86_400))
        assert.strictEqual(yield* endOf(session), 0)
      })
    )

    it.effect("ends all sessions of a user but the one that is spared", () =>
      Effect.gen(function* () {
        const user = (yield* addUser()).id
        const stranger = yield* addSession((yield* addUser()).id)
        const [spared, one, two] = [yield* addSession(user), yield* addSession(user), yield* addSession(user)]
        const sessions = yield* Sessions
        assert.strictEqual(yield* sessions.revokeAll(user, "password changed", at(1), spared.id), 2)
        assert.deepStrictEqual([yield* endOf(one), yield* endOf(two)], [0, 0])
        assert.notStrictEqual(yield* endOf(spared), 0)
        assert.notStrictEqual(yield* endOf(stranger), 0)
        assert.strictEqual(yield* sessions.revokeAll(user, "logout-all", at(2), undefined), 1)
      })
    )

    it.effect("lists the living sessions of a user, the latest used first", () =>
      Effect.gen(function* () {
        const user = (yield* addUser()).id
        const [older, latest, ended, over] = [
          yield* addSession(user),
          yield* addSession(user),
          yield* addSession(user),
          yield* addSession(user, { expiresAt: at(10) })
        ]
        const sessions = yield* Sessions
        yield* sessions.markUsed(latest.id, at(50))
        yield* sessions.markUsed(older.id, at(40))
        yield* sessions.revoke(ended.id, user, "logout", at(1))
        const living = yield* sessions.living(user, at(60))
        assert.deepStrictEqual(
          living.map(({ id }) => id),
          [latest.id, older.id]
        )
        assert.notInclude(
          living.map(({ id }) => id),
          over.id
        )
        assert.deepStrictEqual(living[0]?.lastUsedAt, at(50))
      })
    )
  })
