import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type Bucket, type LimitPolicy, takeToken } from "@veza/domain/platform"

const policy: fc.Arbitrary<LimitPolicy> = fc.record({
  name: fc.constant("any"),
  limit: fc.integer({ min: 1, max: 10_000 }),
  windowSeconds: fc.integer({ min: 1, max: 86_400 }),
  burst: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined })
})
const start = 1_700_000_000_000
const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(50), fc.nat(100_000)), { minLength: 1, maxLength: 200 })

const capacityOf = (of: LimitPolicy) => of.burst ?? of.limit

interface Taken {
  readonly at: number
  readonly verdict: ReturnType<typeof takeToken>["verdict"]
  readonly bucket: Bucket
}

/** Takes a token after each pause. */
const takeAll = (of: LimitPolicy, gaps: ReadonlyArray<number>): ReadonlyArray<Taken> => {
  const taken: Array<Taken> = []
  for (const gap of gaps) {
    const last = taken.at(-1)
    const at = (last?.at ?? start) + gap
    taken.push({ at, ...takeToken(of, last?.bucket, at) })
  }
  return taken
}
/** How many may go at once at `now`. */
const allowedAt = (of: LimitPolicy, bucket: Bucket, now: number, tries: number): number => {
  let count = 0
  for (let i = 0, held = bucket; i < tries; i++) {
    const next = takeToken(of, held, now)
    held = next.bucket
    if (next.verdict.allowed) count++
  }
  return count
}

describe("a token bucket", () => {
  it("never lets more go, in any stretch of time, than its capacity and what flowed in", () =>
    fc.assert(
      fc.property(policy, pauses, (of, gaps) => {
        const allowed = takeAll(of, gaps).filter((one) => one.verdict.allowed)
        for (const [i, first] of allowed.entries()) {
          for (const [n, last] of allowed.slice(i).entries()) {
            const window = of.windowSeconds * 1000
            assert.isAtMost((n + 1) * window, capacityOf(of) * window + of.limit * (last.at - first.at))
          }
        }
      }),
      { numRuns: 50 }
    ))

  it("never refuses whoever has a token left", () =>
    fc.assert(
      fc.property(policy, pauses, (of, gaps) => {
        for (const [i, { verdict }] of takeAll(of, gaps).entries())
          if (i < capacityOf(of)) assert.isTrue(verdict.allowed)
      })
    ))

  it("tells numbers that are within bounds", () =>
    fc.assert(
      fc.property(policy, pauses, (of, gaps) => {
        for (const { verdict } of takeAll(of, gaps)) {
          assert.isTrue(verdict.remaining >= 0 && verdict.remaining < capacityOf(of))
          assert.strictEqual(verdict.retryAfter === 0, verdict.allowed)
          assert.isAtMost(verdict.resetIn, Math.ceil((capacityOf(of) * of.windowSeconds) / of.limit))
        }
      })
    ))

  it("keeps its word: one token is there after retryAfter, and all are after resetIn", () =>
    fc.assert(
      fc.property(policy, pauses, (of, gaps) => {
        const last = takeAll(of, gaps).at(-1) ?? assert.fail("nothing was taken")
        const again = takeToken(of, last.bucket, last.at + last.verdict.retryAfter * 1000)
        if (!last.verdict.allowed) assert.isTrue(again.verdict.allowed)
        const full = last.at + last.verdict.resetIn * 1000
        assert.strictEqual(allowedAt(of, last.bucket, full, capacityOf(of) + 1), capacityOf(of))
      }),
      { numRuns: 200 }
    ))

  it("has each token back at the millisecond it is due, whatever the limit and the window", () =>
    fc.assert(
      fc.property(policy, (of) => {
        const one = { ...of, burst: 1 }
        const { bucket } = takeToken(one, undefined, start)
        const due = start + Math.ceil((of.windowSeconds * 1000) / of.limit)
        assert.isFalse(takeToken(one, bucket, due - 1).verdict.allowed)
        assert.isTrue(takeToken(one, bucket, due).verdict.allowed)
      }),
      { numRuns: 1000, examples: [[{ name: "any", limit: 1, windowSeconds: 21_623 }]] }
    ))

  it("lets as many go later as sooner", () =>
    fc.assert(
      fc.property(policy, pauses, fc.nat(100_000), fc.nat(100_000), (of, gaps, soon, later) => {
        const { bucket, at } = takeAll(of, gaps).at(-1) ?? assert.fail("nothing was taken")
        const count = (wait: number) => allowedAt(of, bucket, at + wait, 50)
        assert.isAtLeast(count(soon + later), count(soon))
      }),
      { numRuns: 200 }
    ))

  it("neither gives nor takes when the clock jumps back", () =>
    fc.assert(
      fc.property(policy, pauses, fc.nat(1_000_000), (of, gaps, jump) => {
        const { bucket, at } = takeAll(of, gaps).at(-1) ?? assert.fail("nothing was taken")
        assert.deepStrictEqual(takeToken(of, bucket, at - jump), takeToken(of, bucket, at))
      })
    ))
})
