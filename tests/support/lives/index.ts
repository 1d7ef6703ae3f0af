import { Effect } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { BillingCycle, PlanId } from "@veza/domain/subscriptions"
import { addUser } from "../../contracts/samples.ts"
import { check, checkMoney, checkOpen } from "./check.ts"
import { actorOf, happen, type Happening, tell, work } from "./happen.ts"
import { allPayments, Chronicle } from "./world.ts"

export { worldOn } from "./world.ts"

const day = 86_400
const tag = <T extends string>(...names: readonly [T, ...Array<T>]) => fc.constantFrom(...names)
const which = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(6))
const dies = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 8 }))
const cycle = fc.constantFrom(...BillingCycle.literals)
const plan = fc.constantFrom(...PlanId.literals)
const wish = fc.oneof(fc.record({ _tag: tag("Plan"), plan }), fc.record({ _tag: tag("Cycle"), cycle }))
const command = fc.record({ plan: fc.constantFrom("creator", "premium", "free"), cycle })
const dwell = fc.oneof(fc.constant(0), fc.nat(20 * 60_000))
const whim = fc.constantFrom("fine", "fine", "silent", "mute", "refunds fail")
const seconds = fc.oneof(fc.nat(2 * day), fc.nat(40 * day))
const past = fc.constantFrom(-1, 0, 1, 60_000)

const one: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ _tag: tag("Subscribe"), command, dies }) },
  { weight: 4, arbitrary: fc.record({ _tag: tag("Change"), wish, dwell, dies }) },
  { weight: 2, arbitrary: fc.record({ _tag: tag("Complete"), dies }) },
  {
    weight: 3,
    arbitrary: fc.record({ _tag: tag("Cancel", "Reactivate", "Reactivate", "BreakCard", "LoseCard", "Leave") })
  },
  { weight: 6, arbitrary: fc.record({ _tag: tag("Pay", "Pay", "Pay", "Decline"), which, isTold: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ _tag: tag("Tell", "Tell", "TellWrongly"), which }) },
  { weight: 2, arbitrary: fc.record({ _tag: tag("Provider"), whim }) },
  { weight: 5, arbitrary: fc.record({ _tag: tag("Work"), dies }) },
  { weight: 2, arbitrary: fc.record({ _tag: tag("Wait"), seconds }) },
  { weight: 4, arbitrary: fc.record({ _tag: tag("WaitForDue"), past }) }
)
const anyHappening = fc.oneof(
  { weight: 12, arbitrary: one },
  { weight: 6, arbitrary: fc.constant<Happening>({ _tag: "Pay", which: 0, isTold: true }) },
  { weight: 2, arbitrary: fc.record({ _tag: tag("AtOnce"), all: fc.array(one, { minLength: 2, maxLength: 3 }) }) }
)
export const anyLife = fc.array(anyHappening, { minLength: 5, maxLength: 70, size: "max" })
export const anyBirth = fc.date({
  min: new Date("2023-12-25T00:00:00Z"),
  max: new Date("2024-12-31T23:59:59Z"),
  noInvalidDate: true
})

/** The provider answers, everything is told, and six days pass. */
const comeToRest = Effect.gen(function* () {
  ;(yield* Chronicle).whim = "fine"
  for (let n = 0; n < 6; n++) {
    yield* work
    yield* Effect.forEach(yield* allPayments, tell)
    yield* TestClock.adjust("25 hours")
  }
  yield* work
  yield* Effect.forEach(yield* allPayments, tell)
  yield* work
})

/** One life, looked at after all that happens in it; answers the steps that it came by. */
export const live = Effect.fnUntraced(function* (birth: Date, life: ReadonlyArray<Happening>) {
  yield* TestClock.setTime(birth.getTime())
  const { id } = yield* addUser({ isVerified: true })
  let isLiedTo = false
  for (const event of life) {
    yield* happen(actorOf(id), event)
    yield* check(id)
    // What is told to have failed and waits all the same is open beside what follows it.
    isLiedTo ||= JSON.stringify(event).includes("TellWrongly")
    if (!isLiedTo) yield* checkOpen
  }
  yield* comeToRest
  yield* check(id)
  return yield* checkMoney(id)
})
