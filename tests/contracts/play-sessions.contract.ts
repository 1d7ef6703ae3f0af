import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { Ids, Transaction } from "@veza/domain/kernel"
import { type PlaySession, PlaySessionId, PlaySessions } from "@veza/domain/tracks"
import { newTrackId } from "./samples.ts"
import { dayNumber, noon } from "./plays.samples.ts"

const began = DateTime.toEpochMillis(noon(0))
const first: PlaySession = {
  beganAt: began,
  reportedAt: began,
  positionMs: 0,
  listenedMs: 0,
  furthestMs: 0,
  verdict: "open",
  countedOn: undefined,
  completed: false
}
const newKey = Effect.gen(function* () {
  return { track: yield* newTrackId, id: PlaySessionId.make(yield* (yield* Ids).entity) }
})

/** What every store of play sessions does. */
export const playSessionsContract = <E>(name: string, adapter: Layer.Layer<PlaySessions | Transaction | Ids, E>) =>
  layer(adapter)(`PlaySessions: ${name}`, (it) => {
    it.effect("keeps what was saved last, of each track and session apart", () =>
      Effect.gen(function* () {
        const sessions = yield* PlaySessions
        const { track, id } = yield* newKey
        const other = yield* newTrackId
        assert.deepStrictEqual(yield* sessions.hold(track, id), Option.none())
        assert.isTrue(yield* sessions.begin(track, id, first))
        assert.isTrue(yield* sessions.begin(other, id, { ...first, positionMs: 7 }))
        assert.deepStrictEqual(yield* sessions.hold(track, id), Option.some(first))
        const later: PlaySession = {
          ...first,
          reportedAt: began + 31_001,
          positionMs: 31_000,
          listenedMs: 30_500,
          furthestMs: 31_000,
          verdict: "counted",
          countedOn: dayNumber(0),
          completed: true
        }
        yield* sessions.save(track, id, later)
        assert.deepStrictEqual(yield* sessions.hold(track, id), Option.some(later))
        assert.strictEqual(Option.getOrThrow(yield* sessions.hold(other, id)).positionMs, 7)
      })
    )

    it.effect("begins a session once, however its id is written", () =>
      Effect.gen(function* () {
        const sessions = yield* PlaySessions
        const { track, id } = yield* newKey
        const loud = PlaySessionId.make(id.toUpperCase())
        const begun = yield* Effect.forEach([id, loud, id, loud], (one) => sessions.begin(track, one, first), {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          begun.filter((one) => one),
          1
        )
        assert.isTrue(Option.isSome(yield* sessions.hold(track, loud)))
      })
    )

    it.effect("lets one report after the other at a session", () =>
      Effect.gen(function* () {
        const sessions = yield* PlaySessions
        const { atomically } = yield* Transaction
        const { track, id } = yield* newKey
        yield* sessions.begin(track, id, first)
        const step = Effect.gen(function* () {
          const held = Option.getOrThrow(yield* sessions.hold(track, id))
          yield* Effect.yieldNow
          yield* sessions.save(track, id, { ...held, listenedMs: held.listenedMs + 1 })
        })
        yield* Effect.replicateEffect(atomically(step), 20, { concurrency: 4, discard: true })
        assert.strictEqual(Option.getOrThrow(yield* sessions.hold(track, id)).listenedMs, 20)
      })
    )

    it.effect("forgets what began before a moment, and no other", () =>
      Effect.gen(function* () {
        const sessions = yield* PlaySessions
        const [old, young] = [yield* newKey, yield* newKey]
        const longAgo = DateTime.toEpochMillis(noon(-30))
        yield* sessions.begin(old.track, old.id, { ...first, beganAt: longAgo })
        yield* sessions.begin(young.track, young.id, first)
        assert.strictEqual(yield* sessions.forget(noon(-29)), 1)
        assert.deepStrictEqual(yield* sessions.hold(old.track, old.id), Option.none())
        assert.isTrue(Option.isSome(yield* sessions.hold(young.track, young.id)))
      })
    )
  })
