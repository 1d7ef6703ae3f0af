import { Context, type DateTime, Duration, Effect } from "effect"
import { Changes } from "../kernel/index.ts"

/** Announced with the name of a job that is due before its time. */
export const jobsTopic = "jobs"

/** How a job stands. */
export interface JobState {
  readonly name: string
  /** When it was begun last; null: it is due, however lately that was. */
  readonly begunAt: DateTime.Utc | null
  /** Whoever runs it has it until then. */
  readonly leasedUntil: DateTime.Utc
}

/** Makes a scheduled job run once across all workers: whoever takes the lease runs it. */
export class JobLeases extends Context.Service<
  JobLeases,
  {
    /** True when the job was last begun at least `every` ago and nobody holds its lease. */
    readonly take: (job: string, every: Duration.Duration, leaseFor: Duration.Duration) => Effect.Effect<boolean>
    readonly release: (job: string) => Effect.Effect<void>
    /** Makes a job due; takes it from nobody who runs it. False where no worker ever began one of that name. */
    readonly hasten: (job: string) => Effect.Effect<boolean>
    /** The jobs that workers ever began, by name. */
    readonly list: Effect.Effect<ReadonlyArray<JobState>>
  }
>()("@veza/domain/platform/JobLeases") {}

export interface Job<R> {
  readonly name: string
  readonly every: Duration.Duration
  /** The longest it may run; a worker that dies holds the lease as long. */
  readonly timeout: Duration.Duration
  /** Also runs when a worker starts, however lately it ran. */
  readonly atStart?: true
  /** Answers how many things were dealt with. */
  readonly run: Effect.Effect<number, never, R>
}

/** A job has ended, one way or the other, before its lease does: releasing never takes a successor's. */
const leaseMargin = Duration.minutes(1)

/** Runs a job if it is due and nobody else runs it; answers what it dealt with, or undefined when it did not run. */
export const runIfDue = Effect.fnUntraced(function* <R>(job: Job<R>) {
  const leases = yield* JobLeases
  if (!(yield* leases.take(job.name, job.every, Duration.sum(job.timeout, leaseMargin)))) return undefined
  return yield* job.run.pipe(Effect.timeout(job.timeout), Effect.ensuring(leases.release(job.name)))
})

/** Has workers run a job now instead of when it is due, once more where it runs just now; false where none is called so. */
export const hastenJob = Effect.fn("platform.hastenJob")(function* (name: string) {
  if (!(yield* (yield* JobLeases).hasten(name))) return false
  yield* (yield* Changes).announce(jobsTopic, name)
  return true
})
