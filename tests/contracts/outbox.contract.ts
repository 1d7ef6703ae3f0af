import { assert, layer } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Fiber, type Layer, Option, Schema } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { type EventEnvelope, Ids, type NewEvent, Outbox, systemContext, Transaction, Uuid } from "@veza/domain/kernel"
import { type ClaimedEvent, makeRelay, maxDeliveryAttempts, OutboxQueue } from "@veza/domain/platform"

type Ports = Outbox | OutboxQueue | Transaction | Ids

const lease = Duration.minutes(6)
const newAggregate = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => `thing:${id}`
)
const event = (aggregate: string, payload: unknown = {}): NewEvent => ({
  type: "track.ready",
  aggregate,
  payload,
  context: systemContext
})

const append = (...events: ReadonlyArray<NewEvent>) => Outbox.use((outbox) => outbox.append(events))
const claim = (limit = 100) => OutboxQueue.use((queue) => queue.claim(limit, lease))
const payloads = (claimed: ReadonlyArray<ClaimedEvent>) => claimed.map((one) => one.event.payload)
const finish = (claimed: ReadonlyArray<ClaimedEvent>) =>
  OutboxQueue.use((queue) => Effect.forEach(claimed, (one) => queue.done(one.sequence), { discard: true }))
const only = Effect.fnUntraced(function* () {
  const claimed = yield* claim()
  const [first] = claimed
  if (first === undefined || claimed.length !== 1) return assert.fail(`claimed ${claimed.length} events instead of one`)
  return first
})

/** A relay at work until it is interrupted. */
const relaying = <R>(deliver: (event: EventEnvelope) => Effect.Effect<void, unknown, R>) =>
  Effect.forkChild(Effect.scoped(Effect.flatMap(makeRelay(deliver), Effect.forever)))
/** Lets the relays work in real time until it is so. Now and then `pass` happens: far less of it than a lease is long. */
const until = Effect.fnUntraced(function* (
  isSo: () => boolean,
  pass: Effect.Effect<void> = TestClock.adjust("1 second")
) {
  for (let i = 0; i < 10_000 && !isSo(); i++) {
    if (i % 50 === 0) yield* pass
    yield* TestClock.withLive(Effect.sleep("2 millis"))
  }
  assert.isTrue(isSo())
})

/** Takes what earlier tests left, so that each begins with nothing waiting. */
const emptied = Effect.gen(function* () {
  for (let i = 0; i < 100; i++) {
    const claimed = yield* claim()
    if (claimed.length === 0) return
    yield* finish(claimed)
  }
})

/** What every outbox does, with the queue at its other end. */
export const outboxContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter, { excludeTestServices: true })(`Outbox and OutboxQueue: ${name}`, (it) => {
    // Each test plays a month after the one before, when every lease and pause of that has run out.
    let month = DateTime.makeUnsafe("2100-01-01T00:00:00Z")
    /** A test that lets time pass for its own calls only; what the adapter does by itself keeps the real time. */
    const timed = <A, F>(title: string, body: () => Effect.Effect<A, F, Ports>) =>
      it.effect(title, () => {
        month = DateTime.add(month, { months: 1 })
        const prepared = Effect.andThen(TestClock.setTime(DateTime.toEpochMillis(month)), emptied)
        return Effect.provide(Effect.andThen(prepared, body()), [TestClock.layer(), TestConsole.layer])
      })

    timed("hands out an event as it was appended, with an id and the time", () =>
      Effect.gen(function* () {
        const aggregate = yield* newAggregate
        const payload = { text: "a\"b'c – ü", list: [1, null, { deep: true }] }
        const context = { actor_id: "someone", ip: "192.0.2.1", user_agent: "contract", request_id: "r-1" }
        const now = yield* DateTime.now
        yield* append({ type: "track.ready", aggregate, payload, context })
        const claimed = yield* only()
        assert.strictEqual(claimed.attempts, 1)
        assert.deepInclude(claimed.event, { type: "track.ready", aggregate, payload, context })
        assert.isTrue(Schema.is(Uuid)(claimed.event.id))
        assert.isTrue(DateTime.Equivalence(claimed.event.occurred_at, now))
      })
    )

    timed("keeps nothing of a transaction that was rolled back", () =>
      Effect.gen(function* () {
        const aggregate = yield* newAggregate
        const work = Effect.andThen(append(event(aggregate, "ghost")), Effect.fail("no" as const))
        yield* Effect.flip((yield* Transaction).atomically(work))
        assert.deepStrictEqual(yield* claim(), [])
        yield* (yield* Transaction).atomically(append(event(aggregate, "real")))
        assert.deepStrictEqual(payloads(yield* claim()), ["real"])
      })
    )

    timed("hands out the oldest of each aggregate, and the next one when that is done", () =>
      Effect.gen(function* () {
        const [a, b] = [yield* newAggregate, yield* newAggregate]
        yield* append(event(a, "a1"), event(a, "a2"), event(b, "b1"))
        const first = yield* claim()
        assert.deepStrictEqual(payloads(first), ["a1", "b1"])
        assert.deepStrictEqual(yield* claim(), [])
        yield* finish(first)
        assert.deepStrictEqual(payloads(yield* claim()), ["a2"])
      })
    )

    timed("hands out no more than asked for, the oldest first", () =>
      Effect.gen(function* () {
        yield* append(event(yield* newAggregate, 1), event(yield* newAggregate, 2), event(yield* newAggregate, 3))
        assert.deepStrictEqual(payloads(yield* claim(2)), [1, 2])
        assert.deepStrictEqual(payloads(yield* claim(2)), [3])
      })
    )

    timed("hands an event out again when its lease has run out, not before", () =>
      Effect.gen(function* () {
        yield* append(event(yield* newAggregate))
        const first = yield* only()
        yield* TestClock.adjust(Duration.subtract(lease, Duration.seconds(1)))
        assert.deepStrictEqual(yield* claim(), [])
        yield* TestClock.adjust("1 second")
        const again = yield* only()
        assert.strictEqual(again.event.id, first.event.id)
        assert.strictEqual(again.attempts, 2)
      })
    )

    timed("keeps an event for whoever renews its lease", () =>
      Effect.gen(function* () {
        yield* append(event(yield* newAggregate))
        const { sequence } = yield* only()
        yield* TestClock.adjust("5 minutes")
        yield* (yield* OutboxQueue).extend(sequence, lease)
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual(yield* claim(), [])
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* only()).sequence, sequence)
      })
    )

    timed("takes an event back as if it had not been tried", () =>
      Effect.gen(function* () {
        yield* append(event(yield* newAggregate))
        const first = yield* only()
        yield* (yield* OutboxQueue).release(first.sequence)
        const again = yield* only()
        assert.deepStrictEqual([again.sequence, again.attempts], [first.sequence, 1])
      })
    )

    timed("does not mind orders about an event that is done", () =>
      Effect.gen(function* () {
        const queue = yield* OutboxQueue
        yield* append(event(yield* newAggregate))
        const { sequence } = yield* only()
        for (const order of [queue.done(sequence), queue.extend(sequence, lease), queue.release(sequence)]) yield* order
        yield* queue.retryAt(sequence, yield* DateTime.now, "late")
        yield* queue.bury(sequence, "late")
        assert.deepStrictEqual(yield* claim(), [])
      })
    )

    timed("stays with a relay that delivers for longer than a lease, and comes back at once when that stops", () =>
      Effect.gen(function* () {
        yield* append(event(yield* newAggregate))
        const begun = yield* Deferred.make<void>()
        const endless = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
        const queue = yield* OutboxQueue
        let renewed = 0
        const counting = OutboxQueue.of({
          ...queue,
          extend: (...order) => Effect.tap(queue.extend(...order), () => Effect.sync(() => renewed++))
        })
        const relay = yield* Effect.provideService(
          relaying(() => endless),
          OutboxQueue,
          counting
        )
        yield* Deferred.await(begun)
        // Longer than a lease; in steps that are shorter than a statement may take, or the relay would take them for an outage.
        yield* until(() => renewed >= 4, TestClock.adjust("2 seconds"))
        assert.deepStrictEqual(yield* claim(), [])
        yield* Fiber.interrupt(relay)
        assert.strictEqual((yield* only()).attempts, 1)
      })
    )

    timed("keeps nobody waiting for a delivery that takes long, not what is appended later either", () =>
      Effect.gen(function* () {
        const [slow, quick] = [yield* newAggregate, yield* newAggregate]
        const delivered: Array<unknown> = []
        yield* append(event(slow, "slow"), event(slow, "behind it"), event(quick, 1))
        const relay = yield* relaying((one) =>
          one.payload === "slow" ? Effect.never : Effect.sync(() => void delivered.push(one.payload))
        )
        for (const next of [2, 3]) {
          yield* until(() => delivered.length === next - 1)
          yield* append(event(quick, next))
        }
        yield* until(() => delivered.length === 3)
        assert.deepStrictEqual(delivered, [1, 2, 3])
        yield* Fiber.interrupt(relay)
        assert.strictEqual((yield* only()).event.payload, "slow")
      })
    )

    timed("lets an event that is to be tried later hold up its aggregate and nobody else", () =>
      Effect.gen(function* () {
        const [a, b] = [yield* newAggregate, yield* newAggregate]
        const queue = yield* OutboxQueue
        yield* append(event(a, "a1"), event(a, "a2"))
        const { sequence } = yield* only()
        yield* queue.retryAt(sequence, DateTime.add(yield* DateTime.now, { seconds: 10 }), "not now")
        yield* append(event(b, "b1"))
        assert.deepStrictEqual(payloads(yield* claim()), ["b1"])
        yield* TestClock.adjust("10 seconds")
        const again = yield* only()
        assert.deepStrictEqual([again.event.payload, again.attempts], ["a1", 2])
      })
    )

    timed("goes on with an aggregate when an event of it is buried", () =>
      Effect.gen(function* () {
        const aggregate = yield* newAggregate
        yield* append(event(aggregate, "poison"), event(aggregate, "next"))
        yield* (yield* OutboxQueue).bury((yield* only()).sequence, "cannot be delivered")
        assert.deepStrictEqual(payloads(yield* claim()), ["next"])
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(payloads(yield* claim()), ["next"])
      })
    )

    timed("buries an event when the relay has tried it as often as it may, and delivers what came behind", () =>
      Effect.gen(function* () {
        const aggregate = yield* newAggregate
        yield* append(event(aggregate, "poison"), event(aggregate, "next"))
        const tried: Array<unknown> = []
        const deliver = (one: { readonly payload: unknown }) =>
          Effect.suspend(() => {
            tried.push(one.payload)
            return one.payload === "poison" ? Effect.fail("no") : Effect.void
          })
        const queue = yield* OutboxQueue
        let settled = 0
        const counted = <A>(order: Effect.Effect<A>) => Effect.tap(order, () => Effect.sync(() => settled++))
        const counting = OutboxQueue.of({
          ...queue,
          done: (sequence) => counted(queue.done(sequence)),
          retryAt: (...order) => counted(queue.retryAt(...order)),
          bury: (...order) => counted(queue.bury(...order))
        })
        yield* Effect.scoped(
          Effect.gen(function* () {
            const run = yield* Effect.provideService(makeRelay(deliver), OutboxQueue, counting)
            for (let i = 1; i <= maxDeliveryAttempts + 1; i++) {
              yield* Effect.provideService(run, OutboxQueue, counting)
              yield* until(() => settled >= i, Effect.void)
              yield* TestClock.adjust("2 hours")
            }
          })
        )
        assert.deepStrictEqual(tried, [...Array.from({ length: maxDeliveryAttempts }, () => "poison"), "next"])
      })
    )

    timed("keeps the order of each aggregate under four relays at once, and delivers everything once", () =>
      Effect.gen(function* () {
        const aggregates = yield* Effect.replicateEffect(newAggregate, 5)
        const rounds = Array.from({ length: 8 }, (_, i) => i)
        yield* append(...rounds.flatMap((i) => aggregates.map((aggregate) => event(aggregate, i))))
        const log: Array<{ readonly aggregate: string; readonly payload: unknown }> = []
        const deliver = (one: { readonly aggregate: string; readonly payload: unknown }) =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => log.push({ aggregate: one.aggregate, payload: one.payload }))
          ).pipe(Effect.asVoid)
        const relays = yield* Effect.replicateEffect(relaying(deliver), 4)
        yield* until(() => log.length >= rounds.length * aggregates.length)
        yield* Fiber.interruptAll(relays)
        for (const aggregate of aggregates) {
          const delivered = log.filter((entry) => entry.aggregate === aggregate).map((entry) => entry.payload)
          assert.deepStrictEqual(delivered, rounds)
        }
      })
    )

    timed("counts what waits", () =>
      Effect.gen(function* () {
        const queue = yield* OutboxQueue
        assert.deepStrictEqual(yield* queue.backlog, { depth: 0, oldestAge: 0 })
        const aggregate = yield* newAggregate
        yield* append(event(aggregate), event(aggregate))
        yield* TestClock.adjust("30 seconds")
        yield* append(event(aggregate))
        assert.deepStrictEqual(yield* queue.backlog, { depth: 3, oldestAge: 30 })
      })
    )

    it.effect("wakes the relay when something is appended", () =>
      Effect.gen(function* () {
        const queue = yield* OutboxQueue
        const aggregate = yield* newAggregate
        // A process needs a moment to begin to listen; until then only the second's limit ends the wait.
        const waits = yield* Effect.forEach([1, 2, 3, 4], () =>
          Effect.map(Effect.timed(Effect.andThen(append(event(aggregate)), queue.awaitNews)), ([took]) => took)
        )
        assert.isBelow(Math.min(...waits.map((took) => Duration.toMillis(took))), 500)
      })
    )

    timed("lets the relay look again after a second without news", () =>
      Effect.gen(function* () {
        const queue = yield* OutboxQueue
        const waiting = yield* Effect.forkChild(Effect.andThen(queue.awaitNews, queue.awaitNews))
        // News of earlier tests may end the first wait at once; the second then has its whole second.
        yield* TestClock.adjust("1 second")
        yield* TestClock.adjust("1 second")
        const ended = yield* TestClock.withLive(Effect.timeoutOption(Fiber.join(waiting), "2 seconds"))
        assert.isTrue(Option.isSome(ended))
      })
    )
  })
