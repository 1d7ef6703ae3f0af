import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { freshMinutes, requireFresh } from "@veza/domain/accounts"
import { type InSession, SessionId, UserId } from "@veza/domain/kernel"

const uuid = "6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f"
const now = Date.parse("2026-03-01T08:00:00Z")
const actor = (given: Partial<InSession>): InSession => ({
  _tag: "SignedIn",
  by: "session",
  userId: UserId.make(uuid),
  sessionId: SessionId.make(uuid),
  role: "admin",
  isVerified: true,
  authenticatedAt: now,
  secondFactorAt: null,
  origin: { ip: "192.0.2.1", userAgent: "property", requestId: "1" },
  ...given
})

describe("step-up", () => {
  it.effect("counts a proof as fresh for ten minutes, and not a millisecond longer", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const ages = fc.sample(fc.integer({ min: 0, max: freshMinutes * 120_000 }), 200)
      for (const age of [...ages, 0, freshMinutes * 60_000, freshMinutes * 60_000 + 1]) {
        const exit = yield* Effect.exit(requireFresh(actor({ authenticatedAt: now - age })))
        assert.strictEqual(Exit.isSuccess(exit), age <= freshMinutes * 60_000, String(age))
      }
    })
  )
})
