import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type Machine, machine } from "@veza/domain/kernel"
import { trackMachine, uploadMachine } from "@veza/domain/tracks"

const states = ["a", "b", "c", "d"] as const
type State = (typeof states)[number]
const successors = fc.subarray([...states])
const anyMachine = fc
  .record({ a: successors, b: successors, c: successors, d: successors })
  .map((table): Machine<State> => machine<State>(table))

/** The state after a walk that tries each wish and stays where a wish is not allowed. */
const walk = (of: Machine<State>, from: State, wishes: ReadonlyArray<State>) =>
  wishes.reduce((state, wish) => (of.allows(state, wish) ? wish : state), from)

/** Every state that can be reached along the table. */
const reachable = (of: Machine<State>, from: State): ReadonlySet<State> => {
  const found = new Set<State>([from])
  for (const state of found) for (const next of of.table[state]) found.add(next)
  return found
}

describe("a transition table", () => {
  it("never leads out of what can be reached along it", () =>
    fc.assert(
      fc.property(anyMachine, fc.constantFrom(...states), fc.array(fc.constantFrom(...states)), (of, from, wishes) =>
        reachable(of, from).has(walk(of, from, wishes))
      )
    ))

  it("names before each state exactly those that allow it", () =>
    fc.assert(
      fc.property(anyMachine, fc.constantFrom(...states), fc.constantFrom(...states), (of, from, to) => {
        assert.strictEqual(of.before(to).includes(from), of.allows(from, to))
        assert.strictEqual(of.allows(from, to), of.table[from].includes(to))
      })
    ))

  it("lets nobody leave a final state", () =>
    fc.assert(
      fc.property(anyMachine, fc.constantFrom(...states), fc.array(fc.constantFrom(...states)), (of, state, wishes) => {
        fc.pre(of.isFinal(state))
        assert.strictEqual(walk(of, state, wishes), state)
      })
    ))
})

const staysNowhere = <S extends string>(of: Machine<S>, all: ReadonlyArray<S>) =>
  all.every((state) => !of.allows(state, state))

describe("the tables of the domain", () => {
  it("count staying where one is as no transition", () => {
    assert.isTrue(staysNowhere(trackMachine, ["processing", "ready", "rejected", "failed"]))
    assert.isTrue(staysNowhere(uploadMachine, ["uploading", "scanning", "accepted", "refused"]))
  })

  it("never make a track that was refused or failed come back", () => {
    assert.isTrue(trackMachine.isFinal("rejected") && trackMachine.isFinal("failed"))
    assert.deepStrictEqual(trackMachine.before("processing"), [])
  })

  it("never accept an upload that was not scanned", () => {
    assert.deepStrictEqual(uploadMachine.before("accepted"), ["scanning"])
  })
})
