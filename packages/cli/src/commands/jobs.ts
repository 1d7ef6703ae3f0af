import { Data, DateTime, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { hastenJob, JobLeases, type JobState } from "@veza/domain/platform"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

/** The job is not known, or nobody runs it; the message is for whoever called. */
class CannotRun extends Data.TaggedError("CannotRun")<{ readonly message: string }> {}

/** A worker hears of a job within a second; where it has others to run first it takes longer. */
const patience = { seconds: 60 } as const
const lookEvery = "200 millis"

const second = (at: DateTime.Utc): string => DateTime.formatIso(at).slice(0, 19).replace("T", " ")

const isRunning = ({ leasedUntil }: JobState, now: DateTime.Utc): boolean => DateTime.isGreaterThan(leasedUntil, now)

const standing = (state: JobState, now: DateTime.Utc): string => {
  const { begunAt } = state
  if (isRunning(state, now)) return begunAt === null ? "runs, and once more" : `runs since ${second(begunAt)}`
  return begunAt === null ? "due" : second(begunAt)
}

const list = Effect.fnUntraced(function* () {
  const now = yield* DateTime.now
  const states = yield* (yield* JobLeases).list
  const value = states.map((state) => ({
    name: state.name,
    begun_at: state.begunAt === null ? null : DateTime.formatIso(state.begunAt),
    is_running: isRunning(state, now)
  }))
  const lines = [
    "Jobs, and when each was begun last (UTC):",
    ...columns(states.map((state) => [state.name, standing(state, now)]))
  ]
  yield* print(yield* root, { jobs: value }, states.length === 0 ? ["No worker has run a job yet."] : lines)
}, withDatabase)

const stateOf = Effect.fnUntraced(function* (name: string) {
  const found = (yield* (yield* JobLeases).list).find((state) => state.name === name)
  return found ?? (yield* new CannotRun({ message: `The job ${name} is gone.` }))
})

const run = Effect.fnUntraced(function* ({ name }: { readonly name: string }) {
  if (!(yield* hastenJob(name))) {
    return yield* new CannotRun({ message: `No worker ever ran a job ${name}; “veza jobs list” names them all.` })
  }
  const giveUpAt = DateTime.add(yield* DateTime.now, patience)
  let state = yield* stateOf(name)
  // One that ran already is waited for as long as it takes.
  while (state.begunAt === null || isRunning(state, yield* DateTime.now)) {
    const now = yield* DateTime.now
    if (!isRunning(state, now) && DateTime.isGreaterThan(now, giveUpAt)) {
      return yield* new CannotRun({ message: `${name} is due, but no worker has begun it: does one run?` })
    }
    yield* Effect.sleep(lookEvery)
    state = yield* stateOf(name)
  }
  const begunAt = DateTime.formatIso(state.begunAt)
  yield* print(yield* root, { name, begun_at: begunAt }, [`${name} has run; the log of the worker tells what it did.`])
}, withDatabase)

export const jobs = Command.make("jobs").pipe(
  Command.withDescription("Look after what workers do by the clock"),
  Command.withSubcommands([
    Command.make("list", {}, list).pipe(Command.withDescription("Each job, and when it was begun last")),
    Command.make(
      "run",
      { name: Argument.String("name").pipe(Argument.withDescription("As the list names it")) },
      run
    ).pipe(
      Command.withDescription(
        "Have a worker run a job now, and wait until it has; exit code 1: there is none, or no worker began it"
      )
    )
  ])
)
