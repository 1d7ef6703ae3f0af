import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, type Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Ids, type NewEvent, Outbox, systemContext, Transaction, Uuid } from "@veza/domain/kernel"
import { type ClaimedEvent, maxDeliveryAttempts, OutboxQueue, relayOnce } from "@veza/domain/platform"

type Ports = Outbox | OutboxQueue | Transaction | Ids

const lease = Duration.minutes(6)
const newAggregate = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => `thing:${id}`
)
const event = (aggregate: string, payload: unknown = {}): NewEvent => ({
  type: "thing.happened",
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

/** Takes what earlier tests left, so that each begins with nothing waiting. */
const emptied = Effect.gen(function* () {
  yield* TestClock.adjust("1 day")
  for (let i = 0; i < 100; i++) {
    const claimed = yield* claim()
    if (claimed.length === 0) return
    yield* finish(claimed)
  }
})

/** What every outbox does, with the queue at its other end. */
export const outboxContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`Outbox and OutboxQueue: ${name}`, (it) => {
    it.effect("hands out an event as it was appended, with an id and the time", () =>
      Effect.gen(function* () {
        yield* emptied
        const aggregate = yield* newAggregate
        const payload = { text: "a\"b'c – ü", list: [1, null, { deep: true }] }
        const context = { actor_id: "someone", ip: "192.0.2.1", user_agent: "contract", request_id: "r-1" }
        const now = yield* DateTime.now
        yield* append({ type: "thing.happened", aggregate, payload, context })
        const claimed = yield* only()
        assert.strictEqual(claimed.attempts, 1)
        assert.deepInclude(claimed.event, { type: "thing.happened", aggregate, payload, context })
        assert.isTrue(Schema.is(Uuid)(claimed.event.id))
        assert.isTrue(DateTime.Equivalence(claimed.event.occurred_at, now))
      })
    )

    it.effect("keeps nothing of a transaction that was rolled back", () =>
      Effect.gen(function* () {
        yield* emptied
        const aggregate = yield* newAggregate
        const work = Effect.andThen(append(event(aggregate, "ghost")), Effect.fail("no" as const))
        yield* Effect.flip((yield* Transaction).atomically(work))
        assert.deepStrictEqual(yield* claim(), [])
        yield* (yield* Transaction).atomically(append(event(aggregate, "real")))
        assert.deepStrictEqual(payloads(yield* claim()), ["real"])
      })
    )

    it.effect("hands out the oldest of each aggregate, and the next one when that is done", () =>
      Effect.gen(function* () {
        yield* emptied
        const [a, b] = [yield* newAggregate, yield* newAggregate]
        yield* append(event(a, "a1"), event(a, "a2"), event(b, "b1"))
        const first = yield* claim()
        assert.deepStrictEqual(payloads(first), ["a1", "b1"])
        assert.deepStrictEqual(yield* claim(), [])
        yield* finish(first)
        assert.deepStrictEqual(payloads(yield* claim()), ["a2"])
      })
    )

    it.effect("hands out no more than asked for, the oldest first", () =>
      Effect.gen(function* () {
        yield* emptied
        yield* append(event(yield* newAggregate, 1), event(yield* newAggregate, 2), event(yield* newAggregate, 3))
        assert.deepStrictEqual(payloads(yield* claim(2)), [1, 2])
        assert.deepStrictEqual(payloads(yield* claim(2)), [3])
      })
    )

    it.effect("hands an event out again when its lease has run out, not before", () =>
      Effect.gen(function* () {
        yield* emptied
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

    it.effect("lets an event that is to be tried later hold up its aggregate and nobody else", () =>
      Effect.gen(function* () {
        yield* emptied
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

    it.effect("goes on with an aggregate when an event of it is buried", () =>
      Effect.gen(function* () {
        yield* emptied
        const aggregate = yield* newAggregate
        yield* append(event(aggregate, "poison"), event(aggregate, "next"))
        yield* (yield* OutboxQueue).bury((yield* only()).sequence, "cannot be delivered")
        assert.deepStrictEqual(payloads(yield* claim()), ["next"])
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(payloads(yield* claim()), ["next"])
      })
    )

    it.effect("buries an event when the relay has tried it as often as it may, and delivers what came behind", () =>
      Effect.gen(function* () {
        yield* emptied
        const aggregate = yield* newAggregate
        yield* append(event(aggregate, "poison"), event(aggregate, "next"))
        const tried: Array<unknown> = []
        const deliver = (one: { readonly payload: unknown }) =>
          Effect.suspend(() => {
            tried.push(one.payload)
            return one.payload === "poison" ? Effect.fail("no") : Effect.void
          })
        for (let i = 0; i <= maxDeliveryAttempts; i++) {
          yield* relayOnce(deliver)
          yield* TestClock.adjust("2 hours")
        }
        assert.deepStrictEqual(tried, [...Array.from({ length: maxDeliveryAttempts }, () => "poison"), "next"])
      })
    )

    it.effect("keeps the order of each aggregate under four relays at once, and delivers everything once", () =>
      Effect.gen(function* () {
        yield* emptied
        const queue = yield* OutboxQueue
        const aggregates = yield* Effect.replicateEffect(newAggregate, 5)
        const rounds = Array.from({ length: 8 }, (_, i) => i)
        yield* append(...rounds.flatMap((i) => aggregates.map((aggregate) => event(aggregate, i))))
        const log: Array<{ readonly aggregate: string; readonly payload: unknown }> = []
        const deliver = (one: { readonly aggregate: string; readonly payload: unknown }) =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => log.push({ aggregate: one.aggregate, payload: one.payload }))
          ).pipe(Effect.asVoid)
        const relay = Effect.gen(function* () {
          for (let i = 0; i < 500 && (yield* queue.backlog).depth > 0; i++) {
            if ((yield* relayOnce(deliver)) === 0) yield* TestClock.withLive(Effect.sleep("2 millis"))
          }
        })
        yield* Effect.all([relay, relay, relay, relay], { concurrency: "unbounded", discard: true })
        for (const aggregate of aggregates) {
          const delivered = log.filter((entry) => entry.aggregate === aggregate).map((entry) => entry.payload)
          assert.deepStrictEqual(delivered, rounds)
        }
      })
    )

    it.effect("counts what waits", () =>
      Effect.gen(function* () {
        yield* emptied
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
        const waits = yield* TestClock.withLive(
          Effect.forEach(
            [1, 2, 3, 4],
            () => Effect.map(Effect.timed(Effect.andThen(append(event(aggregate)), queue.awaitNews)), ([took]) => took),
            { concurrency: 1 }
          )
        )
        assert.isBelow(Math.min(...waits.map((took) => Duration.toMillis(took))), 500)
      })
    )

    it.effect("lets the relay look again after a second without news", () =>
      Effect.gen(function* () {
        const queue = yield* OutboxQueue
        const waiting = Effect.andThen(queue.awaitNews, queue.awaitNews)
        const [took] = yield* TestClock.withLive(Effect.timed(waiting))
        assert.isBelow(Duration.toMillis(took), 2500)
      })
    )
  })
