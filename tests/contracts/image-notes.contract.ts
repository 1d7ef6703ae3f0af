import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { ImageNotes, ProfileImages, type Users } from "@veza/domain/accounts"
import { Ids } from "@veza/domain/kernel"
import { TrackCovers, type Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at } from "./samples.ts"

const newKey = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => `images/${id}.webp`
)
type Ports = ImageNotes | ProfileImages | TrackCovers | Tracks | Users | Ids

/** What every store of the notes of image files does. */
export const imageNotesContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`ImageNotes: ${name}`, (it) => {
    it.effect("finds noted files that nothing shows, oldest first, until they are forgotten", () =>
      Effect.gen(function* () {
        const notes = yield* ImageNotes
        const { id } = yield* addUser()
        const [lost, avatar, cover, older, young] = [
          yield* newKey,
          yield* newKey,
          yield* newKey,
          yield* newKey,
          yield* newKey
        ]
        yield* notes.note(lost, at(-20))
        yield* notes.note(lost, at(100))
        yield* notes.note(older, at(-30))
        yield* notes.note(avatar, at(-25))
        yield* notes.note(cover, at(-25))
        yield* notes.note(young, at(0))
        const shown = (storageKey: string) => ({ storageKey, contentHash: "aa", changedAt: at(5) })
        yield* (yield* ProfileImages).set(id, "avatar", shown(avatar))
        const track = yield* addReadyTrack(id)
        yield* (yield* TrackCovers).set(track.id, shown(cover))
        assert.deepStrictEqual(yield* notes.unused(at(0), 10), [older, lost])
        assert.deepStrictEqual(yield* notes.unused(at(0), 1), [older])
        yield* notes.forget(older)
        assert.deepStrictEqual(yield* notes.unused(at(0), 10), [lost])
        yield* (yield* TrackCovers).clear(track.id)
        assert.deepStrictEqual(yield* notes.unused(at(0), 10), [cover, lost])
      })
    )
  })
