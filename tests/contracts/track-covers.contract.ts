import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { StoredImage, Users } from "@veza/domain/accounts"
import { Changes, type Ids } from "@veza/domain/kernel"
import { TrackCovers, type TrackId, TrackLoudness, Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at, newTrackId } from "./samples.ts"

let made = 0
const newCover = (): StoredImage => ({ storageKey: `images/x/${made++}.webp`, contentHash: "ab", changedAt: at(5) })
const stored = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    Option.getOrThrow
  )
const addTrack = Effect.flatMap(addUser(), ({ id }) => addReadyTrack(id))

type Ports = TrackCovers | TrackLoudness | Tracks | Users | Ids | Changes

/** What every store of covers and loudness does. */
export const trackCoversContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`TrackCovers and TrackLoudness: ${name}`, (it) => {
    it.effect("puts a cover in place, tells the one before, and shows it wherever the track is read", () =>
      Effect.gen(function* () {
        const covers = yield* TrackCovers
        const [{ id }, other] = [yield* addTrack, yield* addTrack]
        const [first, second] = [newCover(), newCover()]
        assert.isNull((yield* stored(id)).cover)
        assert.deepStrictEqual(yield* covers.set(id, first), Option.some({ former: Option.none() }))
        assert.deepStrictEqual(yield* covers.set(id, second), Option.some({ former: Option.some(first.storageKey) }))
        assert.deepEqual({ ...(yield* stored(id)).cover }, { ...second })
        const sound = Option.getOrThrow(yield* (yield* Tracks).soundOf(id))
        assert.deepEqual({ ...sound.cover }, { ...second })
        assert.isNull((yield* stored(other.id)).cover)
        assert.deepStrictEqual(yield* covers.set(yield* newTrackId, newCover()), Option.none())
      })
    )

    it.effect("gives a first cover once, and never in place of another", () =>
      Effect.gen(function* () {
        const covers = yield* TrackCovers
        const { id } = yield* addTrack
        const tried = Array.from({ length: 8 }, newCover)
        const won = yield* Effect.forEach(tried, (cover) => covers.setFirst(id, cover), { concurrency: "unbounded" })
        assert.lengthOf(
          won.filter((one) => one),
          1
        )
        assert.strictEqual((yield* stored(id)).cover?.storageKey, tried[won.indexOf(true)]?.storageKey)
        assert.isFalse(yield* covers.setFirst(id, newCover()))
        assert.isFalse(yield* covers.setFirst(yield* newTrackId, newCover()))
      })
    )

    it.effect("hands each former cover out once, however many put theirs in place at the same time", () =>
      Effect.gen(function* () {
        const covers = yield* TrackCovers
        const { id } = yield* addTrack
        const first = newCover()
        yield* covers.set(id, first)
        const tried = Array.from({ length: 8 }, newCover)
        const before = yield* Effect.forEach(tried, (cover) => covers.set(id, cover), { concurrency: "unbounded" })
        const told = before.flatMap(Option.toArray).flatMap(({ former }) => Option.toArray(former))
        const last = (yield* stored(id)).cover?.storageKey ?? ""
        assert.sameMembers(
          [...told, last],
          [first, ...tried].map(({ storageKey }) => storageKey)
        )
      })
    )

    it.effect("takes a cover away once", () =>
      Effect.gen(function* () {
        const covers = yield* TrackCovers
        const { id } = yield* addTrack
        const cover = newCover()
        assert.deepStrictEqual(yield* covers.clear(id), Option.none())
        yield* covers.set(id, cover)
        assert.deepStrictEqual(yield* covers.clear(id), Option.some(cover.storageKey))
        assert.deepStrictEqual(yield* covers.clear(id), Option.none())
        assert.isNull((yield* stored(id)).cover)
        assert.isTrue(yield* covers.setFirst(id, newCover()))
      })
    )

    it.effect("records how loud a track is, as long as it is there", () =>
      Effect.gen(function* () {
        const loudness = yield* TrackLoudness
        const { id } = yield* addTrack
        assert.isNull((yield* stored(id)).loudness)
        assert.isTrue(yield* loudness.record(id, { integrated: -23.1, range: 0, truePeak: 0.3 }))
        assert.deepEqual({ ...(yield* stored(id)).loudness }, { integrated: -23.1, range: 0, truePeak: 0.3 })
        assert.isFalse(yield* loudness.record(yield* newTrackId, { integrated: -9, range: 1, truePeak: 0 }))
      })
    )

    it.effect("says that a track changed before it returns, and of what is not there nothing", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const covers = yield* TrackCovers
          const [{ id }, absent] = [yield* addTrack, yield* newTrackId]
          const heard = new Set<string | undefined>()
          yield* (yield* Changes).follow("tracks", (key) => heard.add(key))
          const tells = Effect.fnUntraced(function* (change: Effect.Effect<unknown>) {
            heard.clear()
            yield* change
            return heard.has(id)
          })
          assert.isTrue(yield* tells(covers.setFirst(id, newCover())))
          assert.isTrue(yield* tells(covers.set(id, newCover())))
          assert.isTrue(yield* tells(covers.clear(id)))
          const loudness = { integrated: -9, range: 1, truePeak: 0 }
          assert.isTrue(yield* tells((yield* TrackLoudness).record(id, loudness)))
          heard.clear()
          yield* covers.setFirst(absent, newCover())
          yield* (yield* TrackLoudness).record(absent, loudness)
          assert.isFalse(heard.has(absent))
        })
      )
    )
  })
