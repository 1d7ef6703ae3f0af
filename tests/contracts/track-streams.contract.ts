import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import type { Ids } from "@veza/domain/kernel"
import { Tracks, type TrackStream, TrackStreams } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at, newTrackId } from "./samples.ts"

const ready: TrackStream = { status: "ready", manifestUrl: "https://s.example/a.m3u8", durationMs: 1500, error: null }
const failed: TrackStream = { status: "failed", manifestUrl: null, durationMs: null, error: "no codec" }

/** What every store of the stream server's reports does. */
export const trackStreamsContract = <E>(name: string, adapter: Layer.Layer<TrackStreams | Tracks | Users | Ids, E>) =>
  layer(adapter)(`TrackStreams: ${name}`, (it) => {
    it.effect("keeps the latest word on a track, and says whether it was news", () =>
      Effect.gen(function* () {
        const streams = yield* TrackStreams
        const { id } = yield* addReadyTrack((yield* addUser()).id)
        assert.isTrue(Option.isNone(yield* streams.of(id)))
        assert.isTrue(yield* streams.report(id, failed, at(1)))
        assert.isTrue(yield* streams.report(id, ready, at(2)))
        assert.isFalse(yield* streams.report(id, { ...ready }, at(3)))
        assert.deepStrictEqual({ ...Option.getOrThrow(yield* streams.of(id)) }, { ...ready })
        assert.isTrue(yield* streams.report(id, { ...ready, durationMs: null }, at(4)))
      })
    )

    it.effect("holds nothing of tracks that are not there", () =>
      Effect.gen(function* () {
        const streams = yield* TrackStreams
        const nobody = yield* newTrackId
        assert.isFalse(yield* streams.report(nobody, ready, at(1)))
        const { id } = yield* addReadyTrack((yield* addUser()).id)
        yield* streams.report(id, ready, at(1))
        yield* (yield* Tracks).remove([id], at(2))
        for (const gone of [nobody, id]) assert.isTrue(Option.isNone(yield* streams.of(gone)))
      })
    )
  })
