import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import {
  type EventEnvelope,
  handleAtomically,
  handleOnce,
  Ids,
  Inbox,
  systemContext,
  Transaction
} from "@veza/domain/kernel"

const newEventId = Ids.use((ids) => ids.row)
const newEvent = Effect.map(newEventId, (id): EventEnvelope => ({
  id,
  type: "thing.happened",
  aggregate: "thing:1",
  payload: {},
  context: systemContext,
  occurred_at: DateTime.makeUnsafe(0)
}))

/** What every record of handled events does. */
export const inboxContract = <E>(name: string, adapter: Layer.Layer<Inbox | Transaction | Ids, E>) =>
  layer(adapter)(`Inbox: ${name}`, (it) => {
    it.effect("records an event once for each consumer, however many try at the same time", () =>
      Effect.gen(function* () {
        const inbox = yield* Inbox
        const id = yield* newEventId
        for (const consumer of ["mail", "search"]) {
          const answers = yield* Effect.all(
            Array.from({ length: 20 }, () => inbox.record(consumer, id)),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(answers.filter((first) => first).length, 1)
        }
      })
    )

    it.effect("has seen what it recorded, for that consumer only", () =>
      Effect.gen(function* () {
        const inbox = yield* Inbox
        const id = yield* newEventId
        assert.isFalse(yield* inbox.seen("mail", id))
        yield* inbox.record("mail", id)
        assert.isTrue(yield* inbox.seen("mail", id))
        assert.isFalse(yield* inbox.seen("search", id))
      })
    )

    it.effect("forgets the record with the transaction it was made in", () =>
      Effect.gen(function* () {
        const inbox = yield* Inbox
        const id = yield* newEventId
        const work = Effect.andThen(inbox.record("mail", id), Effect.fail("no" as const))
        yield* Effect.flip((yield* Transaction).atomically(work))
        assert.isFalse(yield* inbox.seen("mail", id))
        assert.isTrue(yield* inbox.record("mail", id))
      })
    )

    it.effect("makes work happen once although its event comes ten times", () =>
      Effect.gen(function* () {
        const event = yield* newEvent
        let times = 0
        const work = Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => void times++)
        )
        yield* Effect.all(
          Array.from({ length: 10 }, () => handleAtomically("counter", event, work)),
          { concurrency: "unbounded" }
        )
        yield* handleOnce("counter", event, work)
        assert.strictEqual(times, 1)
      })
    )

    it.effect("lets work that failed be tried again", () =>
      Effect.gen(function* () {
        const inbox = yield* Inbox
        for (const handle of [handleAtomically, handleOnce]) {
          const event = yield* newEvent
          yield* Effect.flip(handle("counter", event, Effect.fail("no" as const)))
          assert.isFalse(yield* inbox.seen("counter", event.id))
        }
      })
    )

    it.effect("forgets what was handled before a moment, and only that", () =>
      Effect.gen(function* () {
        const inbox = yield* Inbox
        const id = yield* newEventId
        yield* inbox.record("mail", id)
        assert.strictEqual(yield* inbox.forget(DateTime.makeUnsafe("1969-01-01T00:00:00Z")), 0)
        assert.isTrue(yield* inbox.seen("mail", id))
        assert.isAtLeast(yield* inbox.forget(DateTime.makeUnsafe("2200-01-01T00:00:00Z")), 1)
        assert.isFalse(yield* inbox.seen("mail", id))
      })
    )
  })
