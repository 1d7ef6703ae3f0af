import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { memoryAdapters } from "@veza/adapters/memory"
import { ImageFiles, ImageNotes, ProfileImages, sweepImages } from "@veza/domain/accounts"
import { addUser } from "../contracts/samples.ts"

layer(memoryAdapters)("the sweep of images", (it) => {
  it.effect("removes what nothing has shown for an hour: what is shown and what is under way stay", () =>
    Effect.gen(function* () {
      const files = yield* ImageFiles
      const now = yield* DateTime.now
      const { id } = yield* addUser()
      const write = Effect.fnUntraced(function* (key: string, minutesAgo: number) {
        yield* (yield* ImageNotes).note(key, DateTime.subtract(now, { minutes: minutesAgo }))
        yield* files.write(key, new Uint8Array([1]))
      })
      yield* write("lost", 61)
      yield* write("shown", 61)
      yield* write("under way", 59)
      yield* (yield* ProfileImages).set(id, "avatar", { storageKey: "shown", contentHash: "h", changedAt: now })
      assert.strictEqual(yield* sweepImages(), 1)
      assert.strictEqual(yield* sweepImages(), 0)
      const left = yield* Effect.filter(["lost", "shown", "under way"], (key) =>
        Effect.map(files.read(key), Option.isSome)
      )
      assert.deepStrictEqual(left, ["shown", "under way"])
    })
  )
})
