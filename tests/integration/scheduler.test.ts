import { assert, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { memoryAdapters } from "@veza/adapters/memory"
import { hastenJob, type Job } from "@veza/domain/platform"
import { schedule } from "@veza/workers"

const job = (name: string, run: Effect.Effect<unknown>): Job<never> => ({
  name,
  every: Duration.seconds(15),
  timeout: Duration.minutes(30),
  run: Effect.as(run, 1)
})

it.layer(memoryAdapters)("the scheduler", (it) => {
  it.effect("gives every job its turn while another takes long", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const runs = yield* Ref.make(0)
      const long = job("long", Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      const short = job(
        "short",
        Ref.update(runs, (n) => n + 1)
      )
      const running = yield* Effect.forkChild(schedule([long, short]))
      yield* Deferred.await(begun)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Ref.get(runs), 5)
      yield* Fiber.interrupt(running)
    })
  )

  it.effect("runs a job at once that was made due, and no other", () =>
    Effect.gen(function* () {
      const counts = [yield* Ref.make(0), yield* Ref.make(0)] as const
      const count = (runs: Ref.Ref<number>) => Ref.update(runs, (n) => n + 1)
      const rare = { ...job("rare", count(counts[0])), every: Duration.days(1) }
      const other = { ...job("other", count(counts[1])), every: Duration.days(1) }
      const running = yield* Effect.forkChild(schedule([rare, other]))
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* hastenJob("rare"))
      assert.isFalse(yield* hastenJob("unheard of"))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* Ref.get(counts[0]), yield* Ref.get(counts[1])], [2, 1])
      yield* Fiber.interrupt(running)
    })
  )

  it.effect("runs the job again that failed", () =>
    Effect.gen(function* () {
      const runs = yield* Ref.make(0)
      const broken = job(
        "broken",
        Effect.andThen(
          Ref.update(runs, (n) => n + 1),
          Effect.die("broken")
        )
      )
      const running = yield* Effect.forkChild(schedule([broken]))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* Ref.get(runs), 3)
      yield* Fiber.interrupt(running)
    })
  )
})
