import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { split } from "@veza/domain/kernel"

const total = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1000, max: 1000 }))
const weight = fc.oneof(fc.nat(10), fc.nat(), fc.maxSafeNat())
/** One weight beside which the others vanish in a floating-point sum. */
const lopsided = fc
  .tuple(fc.integer({ min: 2 ** 52, max: Number.MAX_SAFE_INTEGER }), fc.array(fc.nat(3), { maxLength: 200 }))
  .map(([huge, small]) => [huge, ...small])
const weights = fc
  .oneof(fc.array(weight, { minLength: 1, maxLength: 40 }), lopsided)
  .filter((all) => all.some((one) => one > 0))

const sumOf = (numbers: ReadonlyArray<number>) => numbers.reduce((sum, one) => sum + BigInt(one), 0n)
const parts = (amount: number, by: ReadonlyArray<number>) => split(amount, by) ?? assert.fail("it was not split")
const abs = (value: bigint) => (value < 0n ? -value : value)

describe("splitting money", () => {
  it("neither loses nor makes a cent", () =>
    fc.assert(fc.property(total, weights, (amount, by) => sumOf(parts(amount, by)) === BigInt(amount))))

  it("gives everybody their exact share, rounded down or up", () =>
    fc.assert(
      fc.property(total, weights, (amount, by) => {
        const sum = sumOf(by)
        return parts(amount, by).every((part, i) => abs(BigInt(part) * sum - BigInt(amount) * BigInt(by[i] ?? 0)) < sum)
      }),
      { examples: [[Number.MAX_SAFE_INTEGER, [Number.MAX_SAFE_INTEGER, ...Array.from({ length: 1000 }, () => 1)]]] }
    ))

  it("gives nothing for no weight, and never less for more weight", () =>
    fc.assert(
      fc.property(fc.maxSafeNat(), weights, (amount, by) => {
        const shares = parts(amount, by).map((part, i) => ({ part, weight: by[i] ?? 0 }))
        const rising = shares.toSorted((a, b) => a.weight - b.weight || a.part - b.part)
        assert.isTrue(shares.every((share) => share.weight > 0 || share.part === 0))
        assert.isTrue(rising.every((share, i) => share.part >= (rising[i - 1]?.part ?? 0)))
      })
    ))

  it("gives everybody the same whatever the order, but for an odd cent", () =>
    fc.assert(
      fc.property(total, weights, (amount, by) => {
        const reversed = parts(amount, by.toReversed()).toReversed()
        assert.isTrue(parts(amount, by).every((part, i) => Math.abs(part - (reversed[i] ?? Number.NaN)) <= 1))
      })
    ))

  it("splits a credit as it splits a charge", () =>
    fc.assert(
      fc.property(fc.maxSafeNat(), weights, (amount, by) => {
        assert.deepStrictEqual(
          parts(-amount, by),
          parts(amount, by).map((part) => -part || 0)
        )
      })
    ))

  it("refuses weights and totals that are no whole numbers in range", () => {
    const wrong = fc.constantFrom(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53)
    fc.assert(fc.property(weights, wrong, (by, bad) => split(100, [...by, bad]) === undefined))
    fc.assert(
      fc.property(weights, fc.constantFrom(0.5, Number.NaN, 2 ** 53), (by, bad) => split(bad, by) === undefined)
    )
    assert.isUndefined(split(100, []))
    assert.isUndefined(split(100, [0, 0]))
  })
})
