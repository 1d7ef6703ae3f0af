import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, type Layer } from "effect"
import { TestClock } from "effect/testing"
import { Ids } from "@veza/domain/kernel"
import { JobLeases, runIfDue } from "@veza/domain/platform"

const newJob = Ids.use((ids) => ids.entity)
const hour = Duration.hours(1)
const minute = Duration.minutes(1)

/** What every keeper of job leases does. */
export const jobLeasesContract = <E>(name: string, adapter: Layer.Layer<JobLeases | Ids, E>) =>
  layer(adapter, { excludeTestServices: true })(`JobLeases: ${name}`, (it) => {
    /** A test that lets time pass for its own calls only; what the adapter does by itself keeps the real time. */
    const timed = <A, F>(title: string, body: () => Effect.Effect<A, F, JobLeases | Ids>) =>
      it.effect(title, () => Effect.provide(body(), TestClock.layer()))

    timed("gives a job to one of many who ask", () =>
      Effect.gen(function* () {
        const leases = yield* JobLeases
        const job = yield* newJob
        const taken = yield* Effect.all(
          Array.from({ length: 10 }, () => leases.take(job, hour, minute)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(taken.filter((won) => won).length, 1)
      })
    )

    timed("gives a job again when it is due, not before", () =>
      Effect.gen(function* () {
        const leases = yield* JobLeases
        const job = yield* newJob
        yield* leases.take(job, hour, minute)
        yield* leases.release(job)
        yield* TestClock.adjust(Duration.subtract(hour, Duration.seconds(1)))
        assert.isFalse(yield* leases.take(job, hour, minute))
        yield* TestClock.adjust("1 second")
        assert.isTrue(yield* leases.take(job, hour, minute))
      })
    )

    timed("does not give a job that still runs, although it is due", () =>
      Effect.gen(function* () {
        const leases = yield* JobLeases
        const job = yield* newJob
        yield* leases.take(job, minute, hour)
        yield* TestClock.adjust("30 minutes")
        assert.isFalse(yield* leases.take(job, minute, hour))
        yield* leases.release(job)
        assert.isTrue(yield* leases.take(job, minute, hour))
      })
    )

    timed("gives a job again when whoever held it has died", () =>
      Effect.gen(function* () {
        const leases = yield* JobLeases
        const job = yield* newJob
        yield* leases.take(job, minute, hour)
        yield* TestClock.adjust(hour)
        assert.isTrue(yield* leases.take(job, minute, hour))
      })
    )

    timed("gives a job at once that was made due, and not before whoever runs it is done", () =>
      Effect.gen(function* () {
        const leases = yield* JobLeases
        const job = yield* newJob
        const state = Effect.map(leases.list, (all) => all.find(({ name }) => name === job))
        assert.isFalse(yield* leases.hasten(job))
        assert.isUndefined(yield* state)
        yield* TestClock.adjust("1 second")
        yield* leases.take(job, hour, minute)
        const [begunAt, leasedUntil] = [DateTime.makeUnsafe(1000), DateTime.makeUnsafe(61_000)]
        assert.deepEqual(yield* state, { name: job, begunAt, leasedUntil })
        assert.isTrue(yield* leases.hasten(job))
        assert.deepEqual(yield* state, { name: job, begunAt: null, leasedUntil })
        assert.isFalse(yield* leases.take(job, hour, minute))
        yield* leases.release(job)
        assert.isTrue(yield* leases.take(job, hour, minute))
        assert.isFalse(yield* leases.take(job, hour, minute))
      })
    )

    timed("keeps jobs apart, and does not mind the release of one that nobody holds", () =>
      Effect.gen(function* () {
        const leases = yield* JobLeases
        const [one, other] = [yield* newJob, yield* newJob]
        yield* leases.release(one)
        assert.isTrue(yield* leases.take(one, hour, minute))
        assert.isTrue(yield* leases.take(other, hour, minute))
      })
    )

    timed("runs a due job once across workers and gives its lease back, even when it breaks", () =>
      Effect.gen(function* () {
        const name = yield* newJob
        const job = { name, every: minute, timeout: hour, run: Effect.succeed(3) }
        const runs = yield* Effect.all([runIfDue(job), runIfDue(job), runIfDue(job)], { concurrency: "unbounded" })
        assert.deepStrictEqual(
          runs.filter((dealtWith) => dealtWith !== undefined),
          [3]
        )
        yield* TestClock.adjust(minute)
        yield* Effect.exit(runIfDue({ ...job, run: Effect.die("broken") }))
        yield* TestClock.adjust(minute)
        assert.strictEqual(yield* runIfDue(job), 3)
      })
    )
  })
