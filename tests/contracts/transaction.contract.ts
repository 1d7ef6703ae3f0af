import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, type Layer } from "effect"
import { Ids, Transaction } from "@veza/domain/kernel"
import { PlatformSettings } from "@veza/domain/platform"

/** Flags that nobody else uses stand for the rows of a use-case. */
const freshFlag = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => ({
    raise: PlatformSettings.use((settings) => settings.writeFlag(id, true)),
    isUp: PlatformSettings.use((settings) => settings.readFlag(id))
  })
)

/** What every unit of work does. */
export const transactionContract = <E>(name: string, adapter: Layer.Layer<Transaction | PlatformSettings | Ids, E>) =>
  layer(adapter)(`Transaction: ${name}`, (it) => {
    it.effect("commits everything and answers what the work answers", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const [a, b] = [yield* freshFlag, yield* freshFlag]
        assert.strictEqual(yield* atomically(Effect.as(Effect.andThen(a.raise, b.raise), 42)), 42)
        assert.deepStrictEqual([yield* a.isUp, yield* b.isUp], [true, true])
      })
    )

    it.effect("reads its own writes", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flag = yield* freshFlag
        assert.isTrue(yield* atomically(Effect.andThen(flag.raise, flag.isUp)))
      })
    )

    it.effect("leaves nothing behind when the work fails, and hands the error on", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flag = yield* freshFlag
        const error = yield* Effect.flip(atomically(Effect.andThen(flag.raise, Effect.fail("no" as const))))
        assert.strictEqual(error, "no")
        assert.isFalse(yield* flag.isUp)
      })
    )

    it.effect("leaves nothing behind when the work dies", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flag = yield* freshFlag
        const exit = yield* Effect.exit(atomically(Effect.andThen(flag.raise, Effect.die("broken"))))
        assert.isTrue(Exit.hasDies(exit))
        assert.isFalse(yield* flag.isUp)
      })
    )

    it.effect("leaves nothing behind when the work is interrupted", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flag = yield* freshFlag
        const written = yield* Deferred.make<void>()
        const work = flag.raise.pipe(Effect.andThen(Deferred.succeed(written, undefined)), Effect.andThen(Effect.never))
        const fiber = yield* Effect.forkChild(atomically(work))
        yield* Deferred.await(written)
        yield* Fiber.interrupt(fiber)
        assert.isFalse(yield* flag.isUp)
      })
    )

    it.effect("shows others nothing before it commits", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flag = yield* freshFlag
        const [written, seen] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const work = flag.raise.pipe(
          Effect.andThen(Deferred.succeed(written, undefined)),
          Effect.andThen(Deferred.await(seen))
        )
        const fiber = yield* Effect.forkChild(atomically(work))
        yield* Deferred.await(written)
        assert.isFalse(yield* flag.isUp)
        yield* Deferred.succeed(seen, undefined)
        yield* Fiber.join(fiber)
        assert.isTrue(yield* flag.isUp)
      })
    )

    it.effect("undoes only the inner part when an inner transaction fails and the outer goes on", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const [before, inner, after] = [yield* freshFlag, yield* freshFlag, yield* freshFlag]
        yield* atomically(
          before.raise.pipe(
            Effect.andThen(Effect.flip(atomically(Effect.andThen(inner.raise, Effect.fail("no" as const))))),
            Effect.andThen(after.raise)
          )
        )
        assert.deepStrictEqual([yield* before.isUp, yield* inner.isUp, yield* after.isUp], [true, false, true])
      })
    )

    it.effect("undoes the inner part with the outer", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const inner = yield* freshFlag
        yield* Effect.flip(atomically(Effect.andThen(atomically(inner.raise), Effect.fail("no" as const))))
        assert.isFalse(yield* inner.isUp)
      })
    )

    it.effect("commits many at the same time", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flags = yield* Effect.replicateEffect(freshFlag, 20)
        yield* Effect.forEach(flags, (flag) => atomically(Effect.andThen(flag.isUp, flag.raise)), {
          concurrency: "unbounded",
          discard: true
        })
        const up = yield* Effect.forEach(flags, (flag) => flag.isUp)
        assert.isTrue(up.every((isUp) => isUp))
      })
    )

    it.effect("goes on working after all of that", () =>
      Effect.gen(function* () {
        const { atomically } = yield* Transaction
        const flag = yield* freshFlag
        yield* atomically(flag.raise)
        assert.isTrue(yield* flag.isUp)
      })
    )
  })
