import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids, UserId } from "@veza/domain/kernel"
import { isrcOf, type Recording, Recordings } from "@veza/domain/distribution"
import type { Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at, newTrackId } from "./samples.ts"

let made = 0
const newRecording = Effect.fnUntraced(function* (given: Partial<Recording> = {}) {
  const { id: ownerId } = yield* addUser()
  const trackId = yield* newTrackId
  const isrc = isrcOf("QZABC", 2026, ++made)
  return { trackId, ownerId, isrc, title: "A Song", assigned: false, createdAt: at(0), ...given } satisfies Recording
})

/** What every store of recordings does. */
export const recordingsContract = <E>(name: string, adapter: Layer.Layer<Recordings | Tracks | Users | Ids, E>) =>
  layer(adapter)(`Recordings: ${name}`, (it) => {
    it.effect("gives a code to one recording, and a recording one code", () =>
      Effect.gen(function* () {
        const recordings = yield* Recordings
        const mine: Recording = yield* newRecording()
        const other: Recording = yield* newRecording({ isrc: mine.isrc })
        assert.deepStrictEqual(yield* recordings.claim(mine), Option.some(mine.isrc))
        assert.deepStrictEqual(yield* recordings.claim({ ...mine, isrc: "QZABC2699999" }), Option.some(mine.isrc))
        assert.isTrue(Option.isNone(yield* recordings.claim(other)))
        const codes = yield* recordings.ofTracks([mine.trackId, other.trackId])
        assert.deepStrictEqual([...codes], [[mine.trackId, mine.isrc]])
        const holders = yield* recordings.holdersOf([mine.isrc, "QZABC2688888"], other.ownerId)
        assert.deepStrictEqual([...holders], [[mine.isrc, mine.trackId]])
        assert.deepStrictEqual(yield* recordings.pageOfOwner(mine.ownerId, undefined, 10), [mine])
      })
    )

    it.effect("keeps its code when its owner deletes a track and uploads it anew", () =>
      Effect.gen(function* () {
        const recordings = yield* Recordings
        const gone: Recording = yield* newRecording()
        const { ownerId } = gone
        yield* recordings.claim(gone)
        yield* recordings.setShares(gone.trackId, [{ name: "A", share_bps: 10_000 }])
        const anew: Recording = { ...gone, trackId: (yield* addReadyTrack(ownerId)).id }
        const { id: stranger } = yield* addUser()
        const isHeld = Effect.fnUntraced(function* (owner: UserId) {
          return (yield* recordings.holdersOf([gone.isrc], owner)).has(gone.isrc)
        })
        assert.deepStrictEqual([yield* isHeld(ownerId), yield* isHeld(stranger)], [false, true])
        const theirs = { ...anew, trackId: (yield* addReadyTrack(stranger)).id, ownerId: stranger }
        assert.isTrue(Option.isNone(yield* recordings.claim(theirs)))
        assert.isTrue(Option.isNone(yield* recordings.claim({ ...anew, assigned: true })))
        assert.deepStrictEqual(yield* recordings.claim(anew), Option.some(gone.isrc))
        assert.deepStrictEqual(
          [...(yield* recordings.ofTracks([gone.trackId, anew.trackId]))],
          [[anew.trackId, gone.isrc]]
        )
        assert.deepStrictEqual(yield* recordings.sharesOf(anew.trackId), [])
        // That track is there: its code is no other's.
        assert.isTrue(yield* isHeld(ownerId))
        const another = { ...anew, trackId: (yield* addReadyTrack(ownerId)).id }
        assert.isTrue(Option.isNone(yield* recordings.claim(another)))
      })
    )

    it.effect("gives out no designation twice, however many ask at once", () =>
      Effect.gen(function* () {
        const recordings = yield* Recordings
        const given = yield* Effect.all(
          Array.from({ length: 20 }, () => recordings.nextDesignation("QZXYZ", 26)),
          { concurrency: "unbounded" }
        )
        const numbers = given.map(Option.getOrThrow).toSorted((a, b) => a - b)
        assert.deepStrictEqual(
          numbers,
          Array.from({ length: 20 }, (_, n) => n + 1)
        )
        assert.deepStrictEqual(yield* recordings.nextDesignation("QZXYZ", 27), Option.some(1))
      })
    )

    it.effect("keeps who shares in a recording, as it was said last", () =>
      Effect.gen(function* () {
        const recordings = yield* Recordings
        const recording: Recording = yield* newRecording()
        yield* recordings.claim(recording)
        yield* recordings.setShares(recording.trackId, [{ name: "A", share_bps: 10_000 }])
        const shares = [
          { name: "B", user_id: recording.ownerId, share_bps: 2500 },
          { name: "C", share_bps: 7500 }
        ]
        yield* recordings.setShares(recording.trackId, shares)
        assert.deepStrictEqual(yield* recordings.sharesOf(recording.trackId), shares)
        yield* recordings.forgetPerson(recording.ownerId)
        assert.deepStrictEqual(
          (yield* recordings.sharesOf(recording.trackId)).map(({ name }) => name),
          ["", "C"]
        )
        const [left] = yield* recordings.pageOfOwner(recording.ownerId, undefined, 1)
        assert.deepStrictEqual([left?.isrc, left?.title], [recording.isrc, ""])
      })
    )

    it.effect("knows whose accounts there are", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser({ isVerified: true })
        // Who has not shown yet that an address is theirs is nobody to others, and goes without a trace in the end.
        const { id: abandoned } = yield* addUser()
        const living = yield* (yield* Recordings).livingUsers([id, abandoned, UserId.make(yield* (yield* Ids).entity)])
        assert.deepStrictEqual([...living], [id])
        assert.strictEqual((yield* (yield* Recordings).livingUsers([])).size, 0)
      })
    )
  })
