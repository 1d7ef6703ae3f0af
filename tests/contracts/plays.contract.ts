import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids, type ListPlan, type UserId } from "@veza/domain/kernel"
import { type HistorySort, Plays, PlayStatistics, type TrackId, Tracks } from "@veza/domain/tracks"
import { dayNumber, noon, play, rollUpAll } from "./plays.samples.ts"
import { addReadyTrack, addUser, newTrackId, newUserId } from "./samples.ts"

const entity = Ids.use((ids) => ids.entity)
const plan = (more: Partial<ListPlan<HistorySort>> = {}): ListPlan<HistorySort> => ({
  sort: "at",
  descending: true,
  limit: 2,
  start: { _tag: "After", key: undefined },
  ...more
})
const song = Effect.flatMap(addUser(), ({ id }) => addReadyTrack(id, { title: "A song" }))
const minutes = (count: number) => DateTime.add(noon(0), { minutes: count })
const allOf = (user: UserId) => Plays.use((plays) => plays.of(user, undefined, 100))

/** What every store of plays does. */
export const playsContract = <E>(
  name: string,
  adapter: Layer.Layer<Plays | PlayStatistics | Tracks | Users | Ids, E>
) =>
  layer(adapter)(`Plays: ${name}`, (it) => {
    const claim = (track: TrackId, listener: string, at: number) =>
      Plays.use((plays) => plays.claim(track, listener, minutes(at), minutes(at - 30)))

    it.effect("let a listener be counted for a track once in a window", () =>
      Effect.gen(function* () {
        const [track, other] = [yield* newTrackId, yield* newTrackId]
        const [ada, bob] = [yield* entity, yield* entity]
        assert.isTrue(yield* claim(track, ada, 0))
        assert.isFalse(yield* claim(track, ada, 0))
        assert.isFalse(yield* claim(track, ada, 29))
        assert.isTrue(yield* claim(track, bob, 1))
        assert.isTrue(yield* claim(other, ada, 1))
        assert.isTrue(yield* claim(track, ada, 30))
        assert.isFalse(yield* claim(track, ada, 31))
      })
    )

    it.effect("let one of many claims at once win", () =>
      Effect.gen(function* () {
        const [track, ada] = [yield* newTrackId, yield* entity]
        const won = yield* Effect.replicateEffect(claim(track, ada, 0), 16, { concurrency: "unbounded" })
        assert.lengthOf(
          won.filter((one) => one),
          1
        )
      })
    )

    it.effect("forget claims of before a moment alone", () =>
      Effect.gen(function* () {
        const plays = yield* Plays
        const [track, ada, bob] = [yield* newTrackId, yield* entity, yield* entity]
        yield* plays.forgetClaims(noon(1))
        yield* claim(track, ada, 0)
        yield* claim(track, bob, 10)
        assert.strictEqual(yield* plays.forgetClaims(minutes(5)), 1)
        assert.isFalse(yield* claim(track, bob, 11))
        assert.isTrue(yield* claim(track, ada, 11))
      })
    )

    it.effect("tell somebody's plays of a track, the latest first, in pages, and nobody else's", () =>
      Effect.gen(function* () {
        const plays = yield* Plays
        const [{ id: track, title }, { id: other }] = [yield* song, yield* song]
        const [ada, bob] = [yield* newUserId, yield* newUserId]
        const mine = yield* Effect.forEach([3, 1, 2], (day) => play(track, day, { userId: ada }))
        yield* play(track, 1, { userId: bob })
        yield* play(track, 1)
        yield* play(other, 1, { userId: ada })
        const first = yield* plays.list(ada, track, plan())
        const rest = yield* plays.list(ada, track, plan({ start: { _tag: "After", key: first.next } }))
        assert.deepStrictEqual(
          [...first.items, ...rest.items].map((one) => [one.id, one.title, one.trackId]),
          mine.toSorted((a, b) => DateTime.Order(b.at, a.at)).map(({ id }) => [id, title, track])
        )
        assert.isUndefined(rest.next)
        const page = yield* plays.list(ada, track, plan({ start: { _tag: "Offset", page: 2, skip: 2 } }))
        assert.deepStrictEqual(page.counted, { page: 2, total: 3, isLowerBound: false })
        assert.lengthOf(page.items, 1)
      })
    )

    it.effect("tell all plays of somebody in pages, those of tracks that are gone too", () =>
      Effect.gen(function* () {
        const plays = yield* Plays
        const ada = yield* newUserId
        const [{ id: track, title }, gone] = [yield* song, yield* newTrackId]
        for (const day of [1, 2, 3]) yield* play(track, day, { userId: ada })
        yield* play(gone, 2, { userId: ada })
        const first = yield* plays.of(ada, undefined, 3)
        const rest = yield* plays.of(ada, first.at(-1), 3)
        const all = [...first, ...rest]
        assert.deepStrictEqual([first.length, rest.length], [3, 1])
        assert.lengthOf(new Set(all.map(({ id }) => id)), 4)
        assert.sameDeepMembers(
          all.map((one) => [one.trackId, one.title]),
          [
            [track, title],
            [track, title],
            [track, title],
            [gone, null]
          ]
        )
      })
    )

    it.effect("take somebody out of what they listened to, counted or not, and leave the counts", () =>
      Effect.gen(function* () {
        const plays = yield* Plays
        const statistics = yield* PlayStatistics
        const { id: track } = yield* song
        const [ada, bob] = [yield* newUserId, yield* newUserId]
        for (const userId of [ada, bob]) yield* play(track, 1, { userId })
        yield* rollUpAll
        yield* play(track, 2, { userId: ada })
        yield* plays.forgetUser(ada)
        yield* plays.forgetUser(ada)
        yield* rollUpAll
        assert.deepStrictEqual([(yield* allOf(ada)).length, (yield* allOf(bob)).length], [0, 1])
        assert.deepStrictEqual(yield* statistics.days(track, dayNumber(0), dayNumber(9)), [
          { day: dayNumber(1), plays: 2, completions: 0, listeners: 2 },
          { day: dayNumber(2), plays: 1, completions: 0, listeners: 0 }
        ])
        assert.strictEqual(yield* statistics.listeners(track, dayNumber(0), dayNumber(9)), 2)
      })
    )

    it.effect("make room for each month once, however many ask, and keep what came before the room", () =>
      Effect.gen(function* () {
        const plays = yield* Plays
        const { id: track } = yield* song
        const ada = yield* newUserId
        yield* play(track, 400, { userId: ada })
        const made = yield* Effect.replicateEffect(plays.prepareMonths(noon(400), 2), 4, { concurrency: "unbounded" })
        assert.strictEqual(
          made.reduce((sum, one) => sum + one, 0),
          2
        )
        assert.strictEqual(yield* plays.prepareMonths(noon(430), 2), 1)
        yield* play(track, 401, { userId: ada })
        assert.lengthOf(yield* allOf(ada), 2)
      })
    )

    it.effect("drop the months that are over with their plays, prepared or not, and no others", () =>
      Effect.gen(function* () {
        const plays = yield* Plays
        const { id: track } = yield* song
        const ada = yield* newUserId
        const march = DateTime.makeUnsafe("2031-03-01T00:00:00.000Z")
        const on = (at: string) => play(track, 0, { userId: ada }, DateTime.makeUnsafe(at))
        yield* plays.dropMonths(march)
        yield* plays.prepareMonths(march, 1)
        yield* on("2031-02-28T23:59:59.999Z")
        yield* on("2031-03-01T00:00:00.000Z")
        const later = yield* on("2031-04-01T00:00:00.000Z")
        assert.strictEqual(yield* plays.dropMonths(DateTime.makeUnsafe("2031-03-31T23:59:59.999Z")), 0)
        assert.lengthOf(yield* allOf(ada), 2)
        assert.strictEqual(yield* plays.dropMonths(DateTime.makeUnsafe("2031-04-01T00:00:00.000Z")), 1)
        assert.deepStrictEqual(
          (yield* allOf(ada)).map(({ id }) => id),
          [later.id]
        )
      })
    )
  })
