import { assert, it } from "@effect/vitest"
import fc from "fast-check"
import { Recent } from "@veza/domain/kernel"

const key = fc.constantFrom(..."abcdef")
/** A value to set, or what else to do. */
const step = fc.record({
  key,
  what: fc.oneof(fc.nat(9), fc.constantFrom("get" as const, "delete" as const, "clear" as const))
})

it("holds the entries used last, as many as it may, whatever is done", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (capacity, steps) => {
      const recent = new Recent<number>(capacity)
      let model: ReadonlyArray<readonly [string, number]> = []
      const of = (wanted: string) => model.find(([known]) => known === wanted)?.[1]
      for (const { key: one, what } of steps) {
        const before = of(one)
        if (what === "get") assert.strictEqual(recent.get(one), before)
        else if (what === "delete") recent.delete(one)
        else if (what === "clear") recent.clear()
        else recent.set(one, what)
        const after = what === "get" ? before : typeof what === "number" ? what : undefined
        const others = what === "clear" ? [] : model.filter(([known]) => known !== one)
        model = (after === undefined ? others : [...others, [one, after] as const]).slice(-capacity)
      }
      assert.deepStrictEqual([...recent.oldestFirst()], model)
      assert.strictEqual(recent.size, model.length)
      for (const one of "abcdef") assert.strictEqual(recent.get(one), of(one))
    }),
    { numRuns: 500 }
  ))

it("lets the entries be taken out while they are walked", () => {
  const recent = new Recent<number>(3)
  for (const [at, one] of [..."abc"].entries()) recent.set(one, at)
  const seen = [...recent.oldestFirst()].map(([one]) => one)
  for (const [one, at] of recent.oldestFirst()) if (at !== 1) recent.delete(one)
  assert.deepStrictEqual([seen, [...recent.oldestFirst()]], [["a", "b", "c"], [["b", 1]]])
})
