import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { Principals, Profiles, Sessions, Users } from "@veza/domain/accounts"
import { type Ids, Transaction } from "@veza/domain/kernel"
import { addSession, addUser, at, newSessionId, newUserId } from "./samples.ts"

type Ports = Principals | Profiles | Sessions | Users | Transaction | Ids

const signedIn = Effect.fnUntraced(function* () {
  const user = yield* addUser({ isVerified: true })
  return { user, session: yield* addSession(user.id) }
})

/** What the followed record behind authentication does. */
export const principalsContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter, { excludeTestServices: true })(`Principals and Profiles: ${name}`, (it) => {
    it.effect("tells what authentication must know", () =>
      Effect.gen(function* () {
        const { user, session } = yield* signedIn()
        assert.deepStrictEqual(yield* (yield* Principals).of(user.id, session.id), {
          userId: user.id,
          sessionUserId: user.id,
          role: "user",
          isVerified: true,
          isAdmitted: true,
          tokenVersion: 0,
          sessionEndsAt: DateTime.toEpochMillis(session.expiresAt),
          sessionLifetime: session.lifetime,
          sessionCreatedAt: DateTime.toEpochMillis(session.createdAt),
          authenticatedAt: DateTime.toEpochMillis(session.authenticatedAt),
          secondFactorAt: null
        })
      })
    )

    it.effect("knows neither strangers nor sessions that never were, and learns of them when they come", () =>
      Effect.gen(function* () {
        const principals = yield* Principals
        const user = yield* addUser()
        const sessionId = yield* newSessionId
        assert.isUndefined(yield* principals.of(yield* newUserId, sessionId))
        assert.isUndefined(yield* principals.of(user.id, sessionId))
        yield* addSession(user.id, { id: sessionId })
        assert.isDefined(yield* principals.of(user.id, sessionId))
      })
    )

    it.effect("tells of a session used under another account whose it is", () =>
      Effect.gen(function* () {
        const { user, session } = yield* signedIn()
        const other = yield* addUser()
        const principal = yield* (yield* Principals).of(other.id, session.id)
        assert.strictEqual(principal?.userId, other.id)
        assert.strictEqual(principal?.sessionUserId, user.id)
      })
    )

    it.effect("peeks at nothing but what it last told", () =>
      Effect.gen(function* () {
        const principals = yield* Principals
        const { user, session } = yield* signedIn()
        assert.isUndefined(principals.peek(user.id, session.id))
        const told = yield* principals.of(user.id, session.id)
        assert.include([undefined, told], principals.peek(user.id, session.id))
      })
    )

    it.effect("sees a revocation the moment it is committed", () =>
      Effect.gen(function* () {
        const principals = yield* Principals
        const sessions = yield* Sessions
        const { user, session } = yield* signedIn()
        yield* principals.of(user.id, session.id)
        yield* (yield* Transaction).atomically(
          Effect.andThen(sessions.revoke(session.id, user.id, "logout", at(1)), principals.invalidate(user.id))
        )
        assert.isUndefined(principals.peek(user.id, session.id))
        assert.strictEqual((yield* principals.of(user.id, session.id))?.sessionEndsAt, 0)
      })
    )

    it.effect("sees a fresh proof, with the second factor or without", () =>
      Effect.gen(function* () {
        const principals = yield* Principals
        const sessions = yield* Sessions
        const { user, session } = yield* signedIn()
        const stamped = Effect.fnUntraced(function* (seconds: number, withSecondFactor: boolean) {
          yield* (yield* Transaction).atomically(
            Effect.andThen(sessions.stamp(session.id, at(seconds), withSecondFactor), principals.invalidate(user.id))
          )
          const seen = yield* principals.of(user.id, session.id)
          return [seen?.authenticatedAt, seen?.secondFactorAt]
        })
        const millis = (seconds: number) => DateTime.toEpochMillis(at(seconds))
        assert.deepStrictEqual(yield* stamped(10, true), [millis(10), millis(10)])
        assert.deepStrictEqual(yield* stamped(20, false), [millis(20), millis(10)])
      })
    )

    it.effect("sees a new role the moment it is committed, in every session", () =>
      Effect.gen(function* () {
        const principals = yield* Principals
        const users = yield* Users
        const { user, session } = yield* signedIn()
        const second = yield* addSession(user.id)
        for (const { id } of [session, second]) yield* principals.of(user.id, id)
        yield* (yield* Transaction).atomically(
          Effect.andThen(users.promoteToCreator(user.id, at(1)), principals.invalidate(user.id))
        )
        for (const { id } of [session, second]) {
          assert.strictEqual((yield* principals.of(user.id, id))?.role, "creator")
        }
      })
    )

    it.effect("keeps nothing that was read in a transaction and rolled back", () =>
      Effect.gen(function* () {
        const principals = yield* Principals
        const sessions = yield* Sessions
        const { user, session } = yield* signedIn()
        const work = Effect.gen(function* () {
          yield* sessions.revoke(session.id, user.id, "logout", at(1))
          yield* principals.invalidate(user.id)
          yield* principals.of(user.id, session.id)
          return yield* Effect.fail("no" as const)
        })
        yield* Effect.flip((yield* Transaction).atomically(work))
        const principal = yield* principals.of(user.id, session.id)
        assert.strictEqual(principal?.sessionEndsAt, DateTime.toEpochMillis(session.expiresAt))
      })
    )

    it.effect("shows the owner's account as it is now", () =>
      Effect.gen(function* () {
        const profiles = yield* Profiles
        const users = yield* Users
        const user = yield* addUser()
        const role = Effect.map(profiles.own(user.id), (own) => Option.getOrThrow(own).role)
        assert.strictEqual(yield* role, "user")
        yield* (yield* Transaction).atomically(
          Effect.andThen(users.promoteToCreator(user.id, at(1)), (yield* Principals).invalidate(user.id))
        )
        assert.isUndefined(profiles.peek(user.id))
        assert.strictEqual(yield* role, "creator")
        // What is loaded while anything changes is not kept: the next one is.
        const kept = yield* Effect.map(profiles.own(user.id), () => profiles.peek(user.id)).pipe(
          Effect.repeat({ until: (known) => known !== undefined })
        )
        assert.deepStrictEqual(Option.fromUndefinedOr(kept), yield* profiles.own(user.id))
        assert.isTrue(Option.isNone(yield* profiles.own(yield* newUserId)))
      })
    )
  })
