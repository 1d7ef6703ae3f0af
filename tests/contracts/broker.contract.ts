import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Exit, type Layer, Scope } from "effect"
import { TestConsole } from "effect/testing"
import { type EventEnvelope, Ids, systemContext } from "@veza/domain/kernel"
import { Broker } from "@veza/domain/platform"
import { eventually } from "./samples.ts"

const newName = Ids.use((ids) => ids.entity)

const event = Effect.fnUntraced(function* (type: string, payload: unknown, aggregate = "thing:1") {
  const id = yield* (yield* Ids).row
  const occurred_at = yield* DateTime.now
  return { id, type, aggregate, payload, context: systemContext, occurred_at } satisfies EventEnvelope
})
const publish = (type: string, payload: unknown) =>
  Effect.flatMap(event(type, payload), (one) => Broker.use((broker) => broker.publish(one)))

/** A consumer that writes down what it is handed, once `handle` has let it pass. */
const collect = Effect.fnUntraced(function* (
  consumer: string,
  types: ReadonlyArray<string> | "*",
  handle: (one: EventEnvelope) => Effect.Effect<void, unknown> = () => Effect.void
) {
  const handed: Array<unknown> = []
  yield* (yield* Broker).subscribe(consumer, types, (one) =>
    Effect.andThen(
      handle(one),
      Effect.sync(() => void handed.push(one.payload))
    )
  )
  return handed
})
const holds = (handed: ReadonlyArray<unknown>, count: number) => eventually(Effect.sync(() => handed.length >= count))

/** What every broker does. */
export const brokerContract = <E>(name: string, adapter: Layer.Layer<Broker | Ids, E>) =>
  layer(adapter, { excludeTestServices: true })(`Broker: ${name}`, (it) => {
    it.effect("hands every consumer the events of the types it wants, in order, as they were published", () =>
      Effect.gen(function* () {
        const [wanted, other] = [yield* newName, yield* newName]
        const some = yield* collect(yield* newName, [wanted])
        const same = yield* collect(yield* newName, [other, wanted])
        for (const n of [1, 2, 3]) yield* publish(wanted, { n })
        yield* publish(other, "other")
        assert.isTrue((yield* holds(same, 4)) && (yield* holds(some, 3)))
        assert.deepStrictEqual(some, [{ n: 1 }, { n: 2 }, { n: 3 }])
        assert.sameDeepMembers(same, [{ n: 1 }, { n: 2 }, { n: 3 }, "other"])
      })
    )

    it.effect("hands an event back to a consumer that failed, before what comes behind it", () =>
      Effect.gen(function* () {
        const type = yield* newName
        let failures = 2
        const handed = yield* collect(yield* newName, [type], () =>
          Effect.suspend(() => (failures-- > 0 ? Effect.fail("not now") : Effect.void))
        )
        for (const n of [1, 2]) yield* publish(type, n)
        assert.isTrue(yield* holds(handed, 2))
        assert.deepStrictEqual(handed, [1, 2])
      })
    )

    it.effect("shares the events of one consumer among those who subscribed under its name", () =>
      Effect.gen(function* () {
        const [consumer, type] = [yield* newName, yield* newName]
        const [one, other] = [yield* collect(consumer, [type]), yield* collect(consumer, [type])]
        const numbers = Array.from({ length: 20 }, (_, i) => i)
        yield* Effect.forEach(numbers, (n) => publish(type, n), { discard: true })
        assert.isTrue(yield* eventually(Effect.sync(() => one.length + other.length >= numbers.length)))
        assert.sameDeepMembers([...one, ...other], numbers)
      })
    )

    it.effect("keeps events for a consumer that is away, also the one it was at when it left", () =>
      Effect.gen(function* () {
        const [consumer, type] = [yield* newName, yield* newName]
        const first = yield* Scope.make()
        let isBegun = false
        const stuck = collect(consumer, [type], () =>
          Effect.andThen(
            Effect.sync(() => void (isBegun = true)),
            Effect.never
          )
        )
        yield* Effect.provideService(stuck, Scope.Scope, first)
        yield* publish(type, 1)
        assert.isTrue(yield* eventually(Effect.sync(() => isBegun)))
        yield* Scope.close(first, Exit.void)
        yield* publish(type, 2)
        const handed = yield* collect(consumer, [type])
        assert.isTrue(yield* holds(handed, 2))
        assert.deepStrictEqual(handed, [1, 2])
      })
    )

    it.effect("puts an event aside that fails again and again, and goes on", () =>
      Effect.gen(function* () {
        const type = yield* newName
        const handed = yield* collect(yield* newName, [type], (one) =>
          one.payload === "poison" ? Effect.die("cannot") : Effect.void
        )
        for (const payload of ["poison", "next"]) yield* publish(type, payload)
        assert.isTrue(yield* holds(handed, 1))
        assert.deepStrictEqual(handed, ["next"])
      }).pipe(Effect.provide(TestConsole.layer))
    )
  })
