import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import fc from "fast-check"
import { judgeRefresh, type RefreshToken, refreshGrace } from "@veza/domain/accounts"
import { SessionId, UserId } from "@veza/domain/kernel"

const epoch = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
const after = (seconds: number) => DateTime.add(epoch, { milliseconds: Math.round(seconds * 1000) })
const lifetime = 7 * 86_400
const uuid = "6f6f6f6f-6f6f-4f6f-8f6f-6f6f6f6f6f6f"
const token = (given: Partial<RefreshToken> = {}): RefreshToken => ({
  session: {
    id: SessionId.make(uuid),
    userId: UserId.make(uuid),
    ip: "192.0.2.1",
    userAgent: "property",
    createdAt: epoch,
    expiresAt: after(lifetime),
    lifetime,
    authenticatedAt: epoch,
    secondFactorAt: null
  },
  isRevoked: false,
  rotatedAt: undefined,
  successor: undefined,
  ...given
})
const moment = fc.double({ min: 0, max: lifetime * 2, noNaN: true })
const successor = new Uint8Array([1])

describe("a presented refresh token", () => {
  it("is worth nothing once its session ended, whatever else is true of it", () =>
    fc.assert(
      fc.property(moment, fc.boolean(), fc.boolean(), (now, isRevoked, rotated) => {
        const presented = token({ isRevoked, ...(rotated ? { rotatedAt: after(now), successor } : {}) })
        const verdict = judgeRefresh(presented, after(now))._tag
        assert.strictEqual(verdict === "Dead", isRevoked || now >= lifetime)
      })
    ))

  it("gives its successor again for ten seconds, and then gives the family away", () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), (waited) => {
        const verdict = judgeRefresh(token({ rotatedAt: epoch, successor }), after(waited))._tag
        const seconds = Math.round(waited * 1000) / 1000
        assert.strictEqual(verdict, seconds < refreshGrace ? "Retried" : "Reused")
      })
    ))

  it("gives the family away when its successor was emptied already", () => {
    assert.strictEqual(judgeRefresh(token({ rotatedAt: epoch }), after(1))._tag, "Reused")
  })

  it("is fresh until it is rotated, and unknown ones are dead", () => {
    assert.strictEqual(judgeRefresh(token(), after(1))._tag, "Fresh")
    assert.strictEqual(judgeRefresh(undefined, after(1))._tag, "Dead")
  })
})
