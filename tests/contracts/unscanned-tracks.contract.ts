import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import type { Ids } from "@veza/domain/kernel"
import { TrackErasure, type TrackId, Tracks, UnscannedTracks } from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at, newTrackId } from "./samples.ts"

const stored = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    Option.getOrThrow
  )
const skipped = { scanStatus: "skipped" } as const

/** What every store of tracks knows of those that nobody scanned. */
export const unscannedTracksContract = <E>(
  name: string,
  adapter: Layer.Layer<UnscannedTracks | TrackErasure | Tracks | Users | Ids, E>
) =>
  layer(adapter)(`UnscannedTracks: ${name}`, (it) => {
    it.effect("lists what was accepted unscanned and may be heard, page by page", () =>
      Effect.gen(function* () {
        const unscanned = yield* UnscannedTracks
        const owner = (yield* addUser()).id
        const [ready, young] = [yield* addReadyTrack(owner, skipped), yield* addTrack(owner, skipped)]
        yield* addReadyTrack(owner)
        const failed = yield* addTrack(owner, skipped)
        yield* (yield* Tracks).moveTo(failed.id, "failed", "why", at(2))
        const expected = [ready.id, young.id].toSorted()
        const [first] = yield* unscanned.list(undefined, 1)
        const rest = yield* unscanned.list(first?.id, 10)
        assert.deepStrictEqual([first?.id, ...rest.map(({ id }) => id)], expected)
        for (const id of expected) assert.isTrue(yield* unscanned.markClean(id, at(3)))
        assert.deepStrictEqual(yield* unscanned.list(undefined, 10), [])
        assert.strictEqual((yield* stored(ready.id)).scanStatus, "clean")
      })
    )

    it.effect("marks a track once, and only one that waits for it", () =>
      Effect.gen(function* () {
        const unscanned = yield* UnscannedTracks
        const { id } = yield* addReadyTrack((yield* addUser()).id, skipped)
        const marked = yield* Effect.all(
          Array.from({ length: 5 }, () => unscanned.markClean(id, at(3))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(marked.filter((won) => won).length, 1)
        assert.isFalse(yield* unscanned.reject(id, "why", at(4)))
        assert.isFalse(yield* unscanned.markClean(yield* newTrackId, at(3)))
        assert.strictEqual((yield* stored(id)).status, "ready")
      })
    )

    it.effect("rejects a track once, tells why, and notes its file", () =>
      Effect.gen(function* () {
        const unscanned = yield* UnscannedTracks
        const track = yield* addReadyTrack((yield* addUser()).id, skipped)
        const rejected = yield* Effect.all(
          Array.from({ length: 5 }, () => unscanned.reject(track.id, "infected", at(4))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(rejected.filter((won) => won).length, 1)
        const { status, statusMessage } = yield* stored(track.id)
        assert.deepStrictEqual([status, statusMessage], ["rejected", "infected"])
        assert.isFalse(yield* unscanned.markClean(track.id, at(5)))
        // Its owner may delete it while its file is still noted.
        yield* (yield* Tracks).remove([track.id], at(6))
        const noted = yield* (yield* TrackErasure).removedFiles(track.userId, 10)
        assert.deepStrictEqual(
          noted.map(({ storageKey }) => storageKey),
          [track.storageKey]
        )
      })
    )
  })
