import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { type Day, Ids, Transaction } from "@veza/domain/kernel"
import { Plays, PlayStatistics, type TrackId, Tracks } from "@veza/domain/tracks"
import { completion, dayNumber, noon, play, rollUpAll } from "./plays.samples.ts"
import { addReadyTrack, addUser, newTrackId, newUserId } from "./samples.ts"

const song = Effect.flatMap(addUser(), ({ id }) => Effect.map(addReadyTrack(id), (track) => track.id))
const visitor = Ids.use((ids) => ids.entity)
const shownCount = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    (track) => Option.getOrThrow(track).playCount
  )
const period = (from: number, to: number): readonly [Day, Day] => [dayNumber(from), dayNumber(to)]
type Ports = Plays | PlayStatistics | Tracks | Users | Transaction | Ids

/** What every store of counts does. */
export const playStatisticsContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`PlayStatistics: ${name}`, (it) => {
    const listeners = (track: TrackId, from: number, to: number) =>
      PlayStatistics.use((statistics) => statistics.listeners(track, ...period(from, to)))

    it.effect("count nothing before the roll-up, and each event once after it", () =>
      Effect.gen(function* () {
        const statistics = yield* PlayStatistics
        const track = yield* song
        const [ada, bob] = [yield* newUserId, yield* newUserId]
        yield* play(track, 1, { userId: ada })
        yield* play(track, 1, { userId: ada })
        yield* play(track, 1, { userId: bob })
        yield* play(track, 3)
        yield* completion(track, 1)
        assert.deepStrictEqual(yield* statistics.days(track, ...period(0, 9)), [])
        assert.strictEqual(yield* shownCount(track), 0)
        assert.deepStrictEqual(yield* rollUpAll, { events: 5, tracks: [track] })
        assert.deepStrictEqual(yield* rollUpAll, { events: 0, tracks: [] })
        assert.deepStrictEqual(yield* statistics.days(track, ...period(0, 9)), [
          { day: dayNumber(1), plays: 3, completions: 1, listeners: 2 },
          { day: dayNumber(3), plays: 1, completions: 0, listeners: 0 }
        ])
        assert.strictEqual(yield* shownCount(track), 4)
        assert.strictEqual(yield* statistics.plays(track, ...period(1, 1)), 3)
        assert.strictEqual(yield* statistics.plays(track, ...period(2, 3)), 1)
        assert.strictEqual(yield* statistics.plays(track, ...period(4, 9)), 0)
      })
    )

    it.effect("take up no more than asked, and drop events of tracks that are gone", () =>
      Effect.gen(function* () {
        const statistics = yield* PlayStatistics
        const [track, gone] = [yield* song, yield* newTrackId]
        yield* play(gone, 1)
        for (const day of [1, 2, 3]) yield* play(track, day)
        assert.strictEqual((yield* statistics.rollUp(2)).events, 2)
        assert.isAtMost(yield* statistics.plays(track, ...period(0, 9)), 2)
        assert.strictEqual((yield* statistics.rollUp(2)).events, 2)
        assert.strictEqual(yield* statistics.plays(track, ...period(0, 9)), 3)
        assert.strictEqual(yield* statistics.plays(gone, ...period(0, 9)), 0)
      })
    )

    it.effect("go back with the transaction that took them up, which can then be done again", () =>
      Effect.gen(function* () {
        const statistics = yield* PlayStatistics
        const track = yield* song
        yield* play(track, 1, { userId: yield* newUserId })
        const failing = Effect.andThen(statistics.rollUp(100), Effect.fail("killed" as const))
        assert.strictEqual(yield* Effect.flip((yield* Transaction).atomically(failing)), "killed")
        assert.strictEqual(yield* statistics.plays(track, ...period(0, 9)), 0)
        yield* rollUpAll
        assert.strictEqual(yield* statistics.plays(track, ...period(0, 9)), 1)
        assert.strictEqual(yield* listeners(track, 0, 9), 1)
      })
    )

    it.effect("count different listeners of any period exactly, whatever batches they came in", () =>
      Effect.gen(function* () {
        const track = yield* song
        const [ada, bob, eve] = [yield* newUserId, yield* newUserId, yield* newUserId]
        const [guest, sameGuest] = [yield* visitor, yield* visitor]
        const days = [
          [1, { userId: ada }],
          [1, { userId: ada }],
          [1, { visitor: guest }],
          [1, { visitor: guest }],
          [2, { userId: ada }],
          [2, { userId: bob }],
          [2, { visitor: sameGuest }],
          [5, { userId: ada }],
          [5, { userId: eve }],
          [9, { userId: bob }],
          [9, {}]
        ] as const
        for (const [n, [day, by]] of days.entries()) {
          yield* play(track, day, by)
          if (n % 4 === 3) yield* rollUpAll
        }
        yield* rollUpAll
        const expected = (from: number, to: number) =>
          new Set(
            days.flatMap(([day, by]) =>
              day >= from && day <= to ? ["userId" in by ? by.userId : "visitor" in by ? by.visitor : []].flat() : []
            )
          ).size
        for (let from = 0; from <= 10; from++) {
          for (let to = from; to <= 10; to++) {
            assert.strictEqual(yield* listeners(track, from, to), expected(from, to), `${from} to ${to}`)
          }
        }
      })
    )

    it.effect(
      "take somebody who stayed away for more than a year for new, and count them once a period all the same",
      () =>
        Effect.gen(function* () {
          const track = yield* song
          const ada = yield* newUserId
          for (const day of [0, 365, 800]) {
            yield* play(track, day, { userId: ada })
            yield* rollUpAll
          }
          assert.strictEqual(yield* listeners(track, 0, 365), 1)
          assert.strictEqual(yield* listeners(track, 1, 365), 1)
          assert.strictEqual(yield* listeners(track, 435, 800), 1)
        })
    )

    it.effect("stay as they are when those who listened are forgotten", () =>
      Effect.gen(function* () {
        const statistics = yield* PlayStatistics
        const track = yield* song
        const ada = yield* newUserId
        yield* play(track, 1, { userId: ada })
        yield* play(track, 1, { visitor: yield* visitor })
        yield* rollUpAll
        yield* statistics.forgetListeners(dayNumber(2), dayNumber(-400))
        assert.strictEqual(yield* listeners(track, 0, 9), 2)
        yield* play(track, 2, { userId: ada })
        yield* rollUpAll
        assert.strictEqual(yield* listeners(track, 0, 9), 2)
        assert.strictEqual(yield* listeners(track, 2, 2), 1)
      })
    )

    it.effect("tell what waits, and for how long", () =>
      Effect.gen(function* () {
        const statistics = yield* PlayStatistics
        yield* rollUpAll
        assert.deepStrictEqual(yield* statistics.backlog, { depth: 0, oldestAge: 0 })
        const track = yield* song
        yield* play(track, 1, {}, noon(1))
        yield* play(track, 1)
        const { depth, oldestAge } = yield* statistics.backlog
        assert.strictEqual(depth, 2)
        assert.isAtLeast(oldestAge, 0)
        assert.isBelow(oldestAge, 3600)
      })
    )
  })
