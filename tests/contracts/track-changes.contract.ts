import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids, type ListPlan } from "@veza/domain/kernel"
import { type HistorySort, type RecordedChange, TrackChanges, type TrackId, Tracks } from "@veza/domain/tracks"
import { addTrack, addUser, at, newTrackId } from "./samples.ts"

const plan = (start: ListPlan<HistorySort>["start"] = { _tag: "After", key: undefined }): ListPlan<HistorySort> => ({
  sort: "at",
  descending: true,
  limit: 2,
  start
})
const newChange = Effect.fnUntraced(function* (trackId: TrackId, given: Partial<RecordedChange> = {}) {
  const change: RecordedChange = {
    id: yield* (yield* Ids).row,
    trackId,
    at: at(0),
    type: "updated",
    madeBy: "owner",
    fields: [],
    isPublic: undefined,
    ...given
  }
  return change
})

/** What every store of tracks' histories does. */
export const trackChangesContract = <E>(name: string, adapter: Layer.Layer<TrackChanges | Tracks | Users | Ids, E>) =>
  layer(adapter)(`TrackChanges: ${name}`, (it) => {
    it.effect("tell what happened to a track, the latest first, in pages", () =>
      Effect.gen(function* () {
        const changes = yield* TrackChanges
        const { id: owner } = yield* addUser()
        const [{ id: track }, { id: other }] = [yield* addTrack(owner), yield* addTrack(owner)]
        const all = [
          yield* newChange(track, { type: "uploaded", madeBy: "owner" }),
          yield* newChange(track, { type: "ready", madeBy: "system", at: at(1) }),
          yield* newChange(track, { fields: ["title", "is_public"], isPublic: false, madeBy: "staff", at: at(2) })
        ]
        for (const change of [...all, yield* newChange(other)]) yield* changes.add(change)
        const first = yield* changes.list(track, plan())
        const rest = yield* changes.list(track, plan({ _tag: "After", key: first.next }))
        assert.deepStrictEqual([...first.items, ...rest.items], all.toReversed())
        assert.isUndefined(rest.next)
      })
    )

    it.effect("record each change once, and none of a track that is gone", () =>
      Effect.gen(function* () {
        const changes = yield* TrackChanges
        const { id: owner } = yield* addUser()
        const [{ id: track }, gone] = [yield* addTrack(owner), yield* newTrackId]
        const change = yield* newChange(track)
        yield* changes.add(change)
        yield* changes.add({ ...change, type: "failed" })
        yield* changes.add(yield* newChange(gone))
        assert.deepStrictEqual((yield* changes.list(track, plan())).items, [change])
        assert.deepStrictEqual((yield* changes.list(gone, plan())).items, [])
      })
    )

    it.effect("go with their track", () =>
      Effect.gen(function* () {
        const changes = yield* TrackChanges
        const { id: owner } = yield* addUser()
        const { id: track } = yield* addTrack(owner)
        yield* changes.add(yield* newChange(track))
        yield* (yield* Tracks).remove([track], at(1))
        assert.deepStrictEqual((yield* changes.list(track, plan())).items, [])
        assert.deepStrictEqual(yield* changes.of(owner, undefined, 10), [])
      })
    )

    it.effect("are told of all tracks of somebody, page by page, and of nobody else's", () =>
      Effect.gen(function* () {
        const changes = yield* TrackChanges
        const [{ id: ada }, { id: bob }] = [yield* addUser(), yield* addUser()]
        const mine = [yield* addTrack(ada), yield* addTrack(ada)]
        const added: Array<string> = []
        for (const { id } of mine) {
          for (const second of [2, 1]) {
            const change = yield* newChange(id, { at: DateTime.add(at(0), { seconds: second }) })
            yield* changes.add(change)
            added.push(change.id)
          }
        }
        yield* changes.add(yield* newChange((yield* addTrack(bob)).id))
        const first = yield* changes.of(ada, undefined, 3)
        const rest = yield* changes.of(ada, first.at(-1), 3)
        assert.deepStrictEqual([first.length, rest.length], [3, 1])
        assert.sameMembers(
          [...first, ...rest].map(({ id }) => id),
          added
        )
      })
    )
  })
