import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { ApiKeys, KeyUsage } from "@veza/domain/accounts"
import { ApiKeyId } from "@veza/domain/kernel"

const id = (n: number) => ApiKeyId.make(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`)

/** A collector over a store that remembers each statement, and fails while `broken` says so. */
const collect = Effect.gen(function* () {
  const statements: Array<ReadonlyArray<readonly [string, number]>> = []
  const state = { broken: false }
  const store = Layer.mock(ApiKeys, {
    markUsed: (uses) =>
      state.broken ? Effect.die("away") : Effect.sync(() => void statements.push([...uses].toSorted()))
  })
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(Layer.provide(KeyUsage.layer, store), scope)
  const end = Scope.close(scope, Exit.void)
  return { ...Context.get(context, KeyUsage), statements, state, end }
})

it.effect("many uses are one statement with the latest of each key, some seconds later; nothing is none", () =>
  Effect.gen(function* () {
    const { note, statements } = yield* collect
    for (let at = 1; at <= 1000; at++) note(id(at % 3), at)
    assert.deepStrictEqual(statements, [])
    yield* TestClock.adjust("5 seconds")
    const expected = [
      [id(0), 999],
      [id(1), 1000],
      [id(2), 998]
    ] as const
    assert.deepStrictEqual(statements, [expected])
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(statements.length, 1)
  })
)

it.effect("what is left is written at the end", () =>
  Effect.gen(function* () {
    const { note, statements, end } = yield* collect
    note(id(1), 7)
    yield* end
    assert.deepStrictEqual(statements, [[[id(1), 7]]])
  })
)

it.effect("what could not be written is written later, unless the key was used since", () =>
  Effect.gen(function* () {
    const { note, statements, state } = yield* collect
    state.broken = true
    note(id(1), 1)
    note(id(2), 2)
    yield* TestClock.adjust("5 seconds")
    note(id(2), 3)
    state.broken = false
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(statements, [
      [
        [id(1), 1],
        [id(2), 3]
      ]
    ])
  })
)
