import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import {
  type AccessClaims,
  AccessTokens,
  authenticate,
  judge,
  knownSession,
  type Principal,
  Principals,
  sessionDays,
  Sessions,
  slideTo
} from "@veza/domain/accounts"
import { Role, SessionId, TemporarilyUnavailable, UserId } from "@veza/domain/kernel"

const now = 1_800_000_000_000
const dayInMillis = 86_400_000
const userIds = [
  UserId.make("00000000-0000-4000-8000-000000000001"),
  UserId.make("00000000-0000-4000-8000-000000000002")
] as const
const sessionId = SessionId.make("00000000-0000-4000-8000-00000000000a")

const role = fc.constantFrom(...Role.literals)
const version = fc.nat(2)
const endsAt = fc.oneof(
  fc.constantFrom(0, now, now + 1),
  fc.integer({ min: now - dayInMillis, max: now + 40 * dayInMillis })
)
const principal: fc.Arbitrary<Principal> = fc.record({
  userId: fc.constantFrom(...userIds),
  sessionUserId: fc.constantFrom(...userIds),
  role,
  isVerified: fc.boolean(),
  isAdmitted: fc.boolean(),
  tokenVersion: version,
  sessionEndsAt: endsAt,
  sessionLifetime: fc.oneof(fc.constantFrom(0, 7 * 86_400, 30 * 86_400), fc.integer({ min: 60, max: 400 * 86_400 })),
  sessionCreatedAt: fc.integer({ min: now - 200 * dayInMillis, max: now }),
  authenticatedAt: fc.integer({ min: now - dayInMillis, max: now }),
  secondFactorAt: fc.option(fc.integer({ min: now - dayInMillis, max: now }), { nil: null })
})
const claims: fc.Arbitrary<AccessClaims> = fc.record({
  sub: fc.constantFrom(...userIds),
  sid: fc.constant(sessionId),
  token_version: version,
  role,
  jti: fc.constant("j"),
  exp: fc.constant(now / 1000 + 300)
})
const chance = { numRuns: 500 }

describe("judging a session", () => {
  it("admits exactly the living session of an admitted account, with its own token of this version", () =>
    fc.assert(
      fc.property(claims, principal, (said, known) => {
        const isFine =
          known.sessionEndsAt > now &&
          known.sessionUserId === said.sub &&
          known.isAdmitted &&
          known.tokenVersion === said.token_version
        assert.strictEqual(judge(said, known, now) === undefined, isFine)
      }),
      chance
    ))

  it("never admits a revoked or unknown session, nor one of another account", () =>
    fc.assert(
      fc.property(claims, principal, (said, known) => {
        assert.strictEqual(judge(said, undefined, now)?._tag, "SessionExpired")
        assert.strictEqual(judge(said, { ...known, sessionEndsAt: 0 }, now)?._tag, "SessionExpired")
        const stranger = userIds.find((id) => id !== said.sub) ?? assert.fail("there are two accounts")
        assert.isDefined(judge(said, { ...known, sessionUserId: stranger }, now))
      }),
      chance
    ))
})

describe("sliding a session", () => {
  const cap = sessionDays.cap * dayInMillis
  const lifetimeOf = (known: Principal) => (known.sessionLifetime || sessionDays.remembered * 86_400) * 1000

  it("never carries it past its cap, never shortens it, never gives more than a lifetime", () =>
    fc.assert(
      fc.property(principal, (known) => {
        const end = slideTo(known, now)
        if (end === undefined) return
        assert.isAtMost(end, known.sessionCreatedAt + cap)
        assert.isAbove(end, known.sessionEndsAt)
        assert.isAtMost(end, now + lifetimeOf(known))
      }),
      chance
    ))

  it("leaves it alone until its last quarter, then slides it unless the cap stands in the way", () =>
    fc.assert(
      fc.property(principal, (known) => {
        const isLate = known.sessionEndsAt - now < lifetimeOf(known) / 4
        const hasRoom = known.sessionCreatedAt + cap > known.sessionEndsAt
        assert.strictEqual(slideTo(known, now) !== undefined, isLate && hasRoom)
      }),
      chance
    ))
})

const origin = { ip: "192.0.2.1", userAgent: "property", requestId: "r" }

/** Authenticates with a token that says `said`, where the record says `known`. */
const enter = (said: AccessClaims, known: Principal | "unavailable" | undefined, isPeeked: boolean) => {
  const extended: Array<number> = []
  const ports = Layer.mergeAll(
    Layer.mock(AccessTokens, { verify: () => Effect.succeed(said), peek: () => said }),
    Layer.mock(Sessions, {
      extend: (_, end) => Effect.sync(() => void extended.push(end.epochMilliseconds))
    }),
    Layer.mock(Principals, {
      peek: () => (isPeeked && known !== "unavailable" ? known : undefined),
      of: () =>
        known === "unavailable" ? Effect.fail(new TemporarilyUnavailable({ retryAfter: 1 })) : Effect.succeed(known),
      invalidate: () => Effect.void
    }),
    TestClock.layer()
  )
  const work = Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const recognised = knownSession(yield* AccessTokens, yield* Principals, "token", origin, now)
    const exit = yield* Effect.exit(authenticate("token", origin))
    for (let i = 0; i < 10; i++) yield* Effect.yieldNow
    return { exit, extended, recognised }
  })
  return Effect.runPromise(Effect.provide(work, ports))
}

describe("authenticating", () => {
  it("admits whom the judge admits, with the role of the record and never that of the token", () =>
    fc.assert(
      fc.asyncProperty(claims, principal, fc.boolean(), async (said, known, isPeeked) => {
        const { exit } = await enter(said, known, isPeeked)
        assert.strictEqual(Exit.isSuccess(exit), judge(said, known, now) === undefined)
        if (Exit.isSuccess(exit)) {
          assert.deepInclude(exit.value, { userId: said.sub, sessionId: said.sid, role: known.role })
        }
      }),
      { numRuns: 100 }
    ))

  it("extends the session only of somebody it admits", () =>
    fc.assert(
      fc.asyncProperty(claims, principal, async (said, known) => {
        const { extended } = await enter(said, known, true)
        const end = judge(said, known, now) === undefined ? slideTo(known, now) : undefined
        assert.deepStrictEqual(extended, end === undefined ? [] : [end])
      }),
      { numRuns: 100 }
    ))

  it("recognises without asking exactly those whom it would admit with nothing to do", () =>
    fc.assert(
      fc.asyncProperty(claims, principal, fc.boolean(), async (said, known, isPeeked) => {
        const { exit, extended, recognised } = await enter(said, known, isPeeked)
        const isUsual = isPeeked && Exit.isSuccess(exit) && extended.length === 0
        assert.deepStrictEqual(recognised, isUsual ? exit.value : undefined)
      }),
      { numRuns: 200 }
    ))

  it("admits nobody while the record cannot be had", () =>
    fc.assert(
      fc.asyncProperty(claims, async (said) => {
        const { exit } = await enter(said, "unavailable", false)
        assert.isTrue(Exit.isFailure(exit))
      }),
      { numRuns: 20 }
    ))
})
