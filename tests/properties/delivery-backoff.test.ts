import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { deliveryBackoff, maxDeliveryAttempts } from "@veza/domain/platform"

describe("the pause before a delivery is tried again", () => {
  it("is a whole number of seconds from one to two hours", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (attempts) => {
        const pause = deliveryBackoff(attempts)
        assert.isTrue(Number.isInteger(pause) && pause >= 1 && pause <= 7200)
      })
    ))

  it("doubles with each try until it is two hours", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (attempts) => {
        assert.strictEqual(deliveryBackoff(attempts + 1), Math.min(2 * deliveryBackoff(attempts), 7200))
      })
    ))

  it("adds up to half a day at least before an event is buried", () => {
    const pauses = Array.from({ length: maxDeliveryAttempts - 1 }, (_, i) => deliveryBackoff(i + 1))
    assert.isAtLeast(
      pauses.reduce((sum, pause) => sum + pause, 0),
      12 * 3600
    )
  })
})
