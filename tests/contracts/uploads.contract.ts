import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids } from "@veza/domain/kernel"
import { UploadId, uploadMachine, Uploads, UploadState } from "@veza/domain/tracks"
import { addUser, at } from "./samples.ts"

const begin = Effect.fnUntraced(function* (expiresAt: DateTime.Utc = at(3600)) {
  const { id: userId } = yield* addUser()
  const id = UploadId.make(yield* (yield* Ids).entity)
  yield* (yield* Uploads).begin({ id, userId, expiresAt })
  return id
})

/** The shortest way from a lease's beginning to each state. */
const wayTo: Record<UploadState, ReadonlyArray<UploadState>> = {
  uploading: [],
  scanning: ["scanning"],
  accepted: ["scanning", "accepted"],
  refused: ["refused"]
}

/** What every store of upload leases does. */
export const uploadsContract = <E>(name: string, adapter: Layer.Layer<Uploads | Users | Ids, E>) =>
  layer(adapter)(`Uploads: ${name}`, (it) => {
    it.effect("moves a lease along its table and no other way", () =>
      Effect.gen(function* () {
        const uploads = yield* Uploads
        for (const from of UploadState.literals) {
          for (const to of UploadState.literals) {
            const id = yield* begin()
            for (const step of wayTo[from]) assert.isTrue(yield* uploads.moveTo(id, step))
            assert.strictEqual(yield* uploads.moveTo(id, to), uploadMachine.allows(from, to), `${from} to ${to}`)
          }
        }
      })
    )

    it.effect("accepts an upload once, however many try", () =>
      Effect.gen(function* () {
        const uploads = yield* Uploads
        const id = yield* begin()
        yield* uploads.moveTo(id, "scanning")
        const moved = yield* Effect.all(
          Array.from({ length: 10 }, () => uploads.moveTo(id, "accepted")),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(moved.filter((won) => won).length, 1)
      })
    )

    it.effect("does not move a lease that has ended", () =>
      Effect.gen(function* () {
        const uploads = yield* Uploads
        const id = yield* begin()
        yield* uploads.end(id)
        yield* uploads.end(id)
        assert.isFalse(yield* uploads.moveTo(id, "scanning"))
      })
    )

    it.effect("lists leases whose time is up, the longest overdue first, no more than asked for", () =>
      Effect.gen(function* () {
        const uploads = yield* Uploads
        const [later, first, second] = [yield* begin(at(31)), yield* begin(at(10)), yield* begin(at(20))]
        assert.deepStrictEqual(yield* uploads.expired(at(20), 10), [first, second])
        assert.deepStrictEqual(yield* uploads.expired(at(40), 2), [first, second])
        yield* uploads.end(first)
        assert.deepStrictEqual(yield* uploads.expired(at(40), 2), [second, later])
      })
    )

    it.effect("tells which ids still have a lease", () =>
      Effect.gen(function* () {
        const uploads = yield* Uploads
        const [held, ended] = [yield* begin(), yield* begin()]
        yield* uploads.end(ended)
        assert.deepStrictEqual([...(yield* uploads.leased([held, ended]))], [held])
        assert.strictEqual((yield* uploads.leased([])).size, 0)
      })
    )
  })
