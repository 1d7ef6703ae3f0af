import { Context, DateTime, Duration, Effect, Latch, Metric, type Scope } from "effect"
import { DatabaseUnavailable } from "@veza/adapters/postgres"
import { Ids, type SignedIn } from "@veza/domain/kernel"
import { type AccessEntry, AccessLog } from "@veza/domain/platform"
import type { KoaContext } from "./exchange.ts"

const dropped = Metric.counter("veza_audit_dropped_total", {
  description: "Authenticated calls whose entry was lost: the queue was full, or the entry could not be written",
  incremental: true
})

export interface AccessRecording {
  /** Calls that wait at most; more are dropped, and counted. */
  readonly capacity: number
  /** Calls that are written at once, and that are enough to write without waiting: few enough to keep no request waiting. */
  readonly batch: number
  /** Time between two writes where there are fewer. */
  readonly every: Duration.Duration
  /** The longest that the end of the process waits for what is left to be written. */
  readonly atEnd: Duration.Duration
}

export const accessRecording: AccessRecording = {
  capacity: 20_000,
  batch: 200,
  every: Duration.seconds(1),
  atEnd: Duration.seconds(5)
}

/** A call as it is noted down while the request ends: nothing is formatted then. */
interface Call {
  readonly at: number
  readonly caller: SignedIn
  readonly method: string
  readonly route: string
  readonly status: number
}

const complainEvery = Duration.toMillis(Duration.minutes(1))

/** Counts what is lost, and says so once a minute at most. */
const lossCounter = () => {
  let untold = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    add: (count: number) => {
      untold += count
    },
    tell: Effect.suspend(() => {
      if (untold === 0 || performance.now() - toldAt < complainEvery) return Effect.void
      const count = untold
      untold = 0
      toldAt = performance.now()
      return Effect.logWarning("entries of authenticated calls were lost", { count })
    })
  }
}

const toEntry = ({ at, caller, method, route, status }: Call, id: string): AccessEntry => ({
  id,
  at: DateTime.makeUnsafe(at),
  userId: caller.userId,
  sessionId: caller.by === "session" ? caller.sessionId : undefined,
  keyId: caller.by === "key" ? caller.keyId : undefined,
  ip: caller.origin.ip,
  userAgent: caller.origin.userAgent,
  method,
  route,
  status,
  requestId: caller.origin.requestId
})

export interface AccessRecorder {
  /** Notes an authenticated call down; takes no time and cannot fail. */
  readonly record: (ctx: KoaContext, caller: SignedIn, status: number) => void
}

const noContext = Context.empty()

/**
 * Writes authenticated calls down behind their requests (05-decisions, "Audit"): they wait in a bounded queue and go to
 * the log in batches. While the database is away they wait; what the queue cannot hold is dropped and counted. What is
 * left when the scope closes is written then.
 */
export const accessRecorder = Effect.fnUntraced(function* (
  recording: AccessRecording
): Effect.fn.Return<AccessRecorder, never, AccessLog | Ids | Scope.Scope> {
  const log = yield* AccessLog
  const calls: Array<Call> = []
  /** Taken from the queue and kept until written, so that a second try writes the same rows. */
  let batch: ReadonlyArray<AccessEntry> = []
  const enough = Latch.makeUnsafe(false)
  const lost = lossCounter()
  // So that the metric is there before anything is lost.
  dropped.updateUnsafe(0, noContext)
  const lose = (count: number) => {
    lost.add(count)
    dropped.updateUnsafe(count, noContext)
  }

  const takeBatch = Effect.fnUntraced(function* () {
    const taken = calls.splice(0, recording.batch)
    const ids = yield* (yield* Ids).rows(taken.length)
    batch = taken.map((call, at) => toEntry(call, ids[at] ?? ""))
  })
  const giveUp = (defect: unknown) => {
    lose(batch.length)
    batch = []
    return Effect.logError("authenticated calls could not be written down", defect)
  }
  /** Writes one batch; true when there is another that should not wait. */
  const step = Effect.fnUntraced(function* () {
    if (batch.length === 0) yield* takeBatch()
    const written = yield* Effect.as(log.write(batch), true).pipe(
      Effect.catchDefect((defect) =>
        Effect.as(defect instanceof DatabaseUnavailable ? Effect.void : giveUp(defect), false)
      )
    )
    if (!written) return false
    batch = []
    return calls.length >= recording.batch
  })
  const writeAll = Effect.suspend(step).pipe(Effect.repeat({ while: (more) => more }))
  const round = Effect.timeoutOption(enough.await, recording.every).pipe(
    Effect.andThen(enough.close),
    Effect.andThen(writeAll),
    Effect.andThen(lost.tell)
  )
  const end = Effect.fnUntraced(function* () {
    // The last answers tell of their end a moment after the server has closed.
    yield* Effect.yieldNow
    const rest = Effect.repeat(Effect.suspend(step), { while: () => calls.length > 0 && batch.length === 0 })
    yield* Effect.timeoutOption(rest, recording.atEnd)
    const left = calls.length + batch.length
    if (left === 0) return
    lose(left)
    yield* Effect.logWarning("entries of authenticated calls were lost at the end", { count: left })
  })
  yield* Effect.addFinalizer(end)
  yield* Effect.forkScoped(Effect.forever(round))

  return {
    record: (ctx, caller, status) => {
      if (calls.length >= recording.capacity) return lose(1)
      calls.push({ at: Date.now(), caller, method: ctx.method, route: ctx.state.route, status })
      // Only when the mark is passed: while the database is away more calls are no reason to try more often.
      if (calls.length === recording.batch) enough.openUnsafe()
    }
  }
})
