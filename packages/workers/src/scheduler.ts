import { Duration, Effect, Exit, Latch, Metric, Semaphore } from "effect"
import { Changes } from "@veza/domain/kernel"
import { type Job, jobsTopic, runIfDue } from "@veza/domain/platform"

/** How often each worker looks whether a job is due, of whose being due nothing is announced. */
const lookEvery = Duration.seconds(15)
/** Jobs that one worker runs at a time: each may hold a connection to the database. */
const places = 4

const runs = Metric.counter("veza_worker_job_runs_total", { description: "Job runs by outcome", incremental: true })
const durations = Metric.histogram("veza_worker_job_duration_seconds", {
  description: "How long jobs take",
  boundaries: [0.01, 0.1, 1, 10, 60, 600]
})
const items = Metric.counter("veza_worker_job_items_total", {
  description: "What jobs dealt with",
  incremental: true
})

const look = Effect.fnUntraced(function* <R>(job: Job<R>) {
  const [elapsed, exit] = yield* Effect.timed(Effect.exit(runIfDue(job)))
  if (Exit.isSuccess(exit) && exit.value === undefined) return
  const outcome = Exit.isSuccess(exit) ? "ok" : "failed"
  yield* Metric.update(Metric.withAttributes(runs, { job: job.name, outcome }), 1)
  yield* Metric.update(Metric.withAttributes(durations, { job: job.name }), Duration.toSeconds(elapsed))
  if (Exit.isFailure(exit)) return yield* Effect.logError("job failed", { job: job.name }, exit.cause)
  const count = exit.value ?? 0
  yield* Metric.update(Metric.withAttributes(items, { job: job.name }), count)
  if (count > 0) yield* Effect.logInfo("job done", { job: job.name, items: count })
})

const dueAtStart = <R>(job: Job<R>): Job<R> => (job.atStart === true ? { ...job, every: Duration.zero } : job)

/**
 * Looks after the jobs until interrupted; the first look is at once, and so is one at a job that somebody made due. Each
 * has a turn of its own: one that takes long keeps no other waiting while there is a place left.
 */
export const schedule = Effect.fnUntraced(function* <R>(jobs: ReadonlyArray<Job<R>>) {
  const slots = yield* Semaphore.make(places)
  const news = new Map(jobs.map(({ name }) => [name, Latch.makeUnsafe(false)]))
  yield* (yield* Changes).follow(jobsTopic, (name) => {
    for (const [job, latch] of news) if (name === undefined || name === job) latch.openUnsafe()
  })
  const lookAfter = Effect.fnUntraced(function* (job: Job<R>) {
    const due = news.get(job.name) ?? Latch.makeUnsafe(false)
    yield* slots.withPermit(look(dueAtStart(job)))
    while (true) {
      yield* Effect.timeoutOption(due.await, lookEvery)
      // Closed before looking: what is announced meanwhile opens it again.
      yield* due.close
      yield* slots.withPermit(look(job))
    }
  })
  return yield* Effect.forEach(jobs, lookAfter, { concurrency: "unbounded", discard: true })
}, Effect.scoped)
