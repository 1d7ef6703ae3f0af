import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, Scope } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { TestClock } from "effect/testing"
import { DatabaseUnavailable } from "@veza/adapters/postgres"
import { idsCrypto } from "@veza/adapters/crypto"
import { type InSession, SessionId, UserId } from "@veza/domain/kernel"
import { type AccessEntry, AccessLog } from "@veza/domain/platform"
import { accessRecorder, type AccessRecording } from "@veza/http-koa/koa/access-recorder"
import type { KoaContext } from "@veza/http-koa/koa/exchange"

const caller: InSession = {
  _tag: "SignedIn",
  by: "session",
  userId: UserId.make("00000000-0000-4000-8000-000000000001"),
  sessionId: SessionId.make("00000000-0000-4000-8000-000000000002"),
  role: "user",
  isVerified: true,
  authenticatedAt: 0,
  secondFactorAt: null,
  origin: { ip: "192.0.2.1", userAgent: "test", requestId: "r-1" }
}
const recording: AccessRecording = {
  capacity: 20,
  batch: 5,
  every: Duration.seconds(1),
  atEnd: Duration.seconds(5)
}

/** A log that can be out of order, and what it has taken. */
const makeLog = () => {
  const written: Array<AccessEntry> = []
  const writes: Array<number> = []
  const state: { fault: unknown; tries: number } = { fault: undefined, tries: 0 }
  const log = AccessLog.of({
    write: (entries) =>
      Effect.suspend(() => {
        state.tries++
        if (state.fault !== undefined) return Effect.die(state.fault)
        written.push(...entries)
        if (entries.length > 0) writes.push(entries.length)
        return Effect.void
      }),
    of: () => Effect.succeed(written),
    forgetOf: () => Effect.succeed(0),
    prepareDays: () => Effect.succeed(0),
    dropDays: () => Effect.succeed(0)
  })
  return { written, writes, state, layer: Layer.merge(Layer.succeed(AccessLog, log), idsCrypto) }
}

const started = Effect.fnUntraced(function* () {
  const log = makeLog()
  const scope = yield* Scope.make()
  const recorder = yield* accessRecorder(recording).pipe(Effect.provide(log.layer), Scope.provide(scope))
  const call = (times: number) => {
    for (let i = 0; i < times; i++) {
      const ctx = { method: "GET", state: { route: "/api/v1/tracks/:id" } } as KoaContext
      recorder.record(ctx, caller, 200 + i)
    }
  }
  yield* Effect.yieldNow
  return { ...log, call, close: Scope.close(scope, Exit.void) }
})
/** What the metric says. */
const countLost = Effect.map(PrometheusMetrics.format(), (text) =>
  Number(/^veza_audit_dropped_total (\d+)$/mu.exec(text)?.[1] ?? 0)
)
const down = new DatabaseUnavailable({ cause: "test" })

describe("the recorder of authenticated calls", () => {
  it.effect("writes what there is once a second, in the order of the calls", () =>
    Effect.gen(function* () {
      const { written, writes, call } = yield* started()
      call(3)
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(writes, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(writes, [3])
      assert.deepStrictEqual(
        written.map(({ status }) => status),
        [200, 201, 202]
      )
      assert.deepInclude(written[0], {
        userId: caller.userId,
        sessionId: caller.sessionId,
        keyId: undefined,
        ip: "192.0.2.1",
        userAgent: "test",
        method: "GET",
        route: "/api/v1/tracks/:id",
        requestId: "r-1"
      })
    })
  )

  it.effect("does not wait when a batch is full, and writes as many batches as there are", () =>
    Effect.gen(function* () {
      const { writes, call } = yield* started()
      call(12)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(writes, [5, 5])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(writes, [5, 5, 2])
    })
  )

  it.effect("keeps what it could not write while the database is away, without trying in a hurry", () =>
    Effect.gen(function* () {
      const { written, state, call } = yield* started()
      state.fault = down
      call(20)
      yield* TestClock.adjust("3 seconds")
      // Once when the batch was full, then by the clock; the latch may wake it once for nothing.
      assert.isAtMost(state.tries, 5)
      state.fault = undefined
      yield* TestClock.adjust("1 second")
      assert.lengthOf(written, 20)
      assert.strictEqual(new Set(written.map(({ id }) => id)).size, 20)
    })
  )

  it.effect("drops what its queue cannot hold, and never more", () =>
    Effect.gen(function* () {
      const { written, state, call } = yield* started()
      state.fault = down
      call(20)
      yield* TestClock.adjust("1 second")
      // One batch has left the queue and waits to be written again.
      const before = yield* countLost
      call(100)
      assert.strictEqual((yield* countLost) - before, 100 - recording.batch)
      state.fault = undefined
      yield* TestClock.adjust("5 seconds")
      assert.lengthOf(written, recording.capacity + recording.batch)
    })
  )

  it.effect("gives up a batch that the log refuses for good, and goes on with the next", () =>
    Effect.gen(function* () {
      const { written, state, call } = yield* started()
      state.fault = new Error("no such column")
      call(2)
      yield* TestClock.adjust("1 second")
      state.fault = undefined
      call(1)
      yield* TestClock.adjust("1 second")
      assert.lengthOf(written, 1)
    })
  )

  it.effect("writes what is left when it ends", () =>
    Effect.gen(function* () {
      const { written, call, close } = yield* started()
      call(13)
      yield* close
      assert.lengthOf(written, 13)
    })
  )
})
