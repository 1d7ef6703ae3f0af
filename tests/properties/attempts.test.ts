import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import fc from "fast-check"
import { delayAfter, failureMemory, type Failures, firstDelay, judgeAttempt, longestDelay } from "@veza/domain/accounts"

const epoch = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
const after = (seconds: number) => DateTime.add(epoch, { milliseconds: Math.round(seconds * 1000) })
const count = fc.integer({ min: 1, max: 1_000_000 })
const free = fc.integer({ min: 1, max: 1000 })
const failed = (failures: number): Failures => ({ count: failures, lastAt: epoch })

describe("the delay after failed attempts", () => {
  it("is nothing for the free ones, then grows, and never beyond its longest", () =>
    fc.assert(
      fc.property(count, free, (failures, allowed) => {
        const delay = delayAfter(failures, allowed)
        assert.strictEqual(delay === 0, failures < allowed)
        assert.isAtMost(delay, longestDelay)
        assert.isAtLeast(delayAfter(failures + 1, allowed), delay)
        if (failures === allowed) assert.strictEqual(delay, firstDelay)
      })
    ))

  it("lets nobody be locked out for good: who waits the longest delay may always try", () =>
    fc.assert(
      fc.property(count, free, fc.integer({ min: 0, max: 86_400 }), (failures, allowed, more) => {
        assert.strictEqual(judgeAttempt(failed(failures), after(longestDelay + more), allowed)._tag, "Allowed")
      })
    ))

  it("tells when to come back: not a second earlier, and not later", () =>
    fc.assert(
      fc.property(count, free, fc.integer({ min: -100, max: longestDelay }), (failures, allowed, waited) => {
        const judgement = judgeAttempt(failed(failures), after(waited), allowed)
        if (judgement._tag === "Allowed") return
        const back = Math.max(0, waited) + judgement.retryAfter
        assert.strictEqual(back, delayAfter(failures, allowed))
        assert.strictEqual(judgeAttempt(failed(failures), after(back), allowed)._tag, "Allowed")
        assert.strictEqual(judgeAttempt(failed(failures), after(back - 1), allowed)._tag, "Delayed")
      })
    ))

  it("bounds a day of guessing, however one goes about it", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3600 }), { maxLength: 400 }), (pauses) => {
        let seen: Failures | undefined
        let now = 0
        let tried = 0
        for (const pause of pauses) {
          now += pause
          const judgement = judgeAttempt(seen, after(now), 5)
          if (judgement._tag === "Delayed") continue
          tried++
          seen = judgement.next
        }
        assert.isAtMost(tried, 5 + 6 + Math.ceil(now / longestDelay))
      })
    ))

  it("is forgotten a day after the last failure", () => {
    const judgement = judgeAttempt(failed(40), after(failureMemory * 3600 + 1), 5)
    assert.deepStrictEqual(judgement, {
      _tag: "Allowed",
      next: { count: 1, lastAt: after(failureMemory * 3600 + 1) }
    })
  })
})
