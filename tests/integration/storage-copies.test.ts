import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Presence } from "@veza/adapters/s3"
import { trackFiles } from "@veza/adapters/storage"
import { StorageUnavailable, TrackFiles, TrackStorage, UploadId } from "@veza/domain/tracks"
import { eventually } from "../support/product/eventually.ts"

const root = mkdtempSync(join(tmpdir(), "veza-copies-"))
afterAll(() => rmSync(root, { recursive: true }))

const content = Buffer.from("what is heard")
const file = {
  storageBackend: "local",
  storageKey: "tracks/a/b.wav",
  contentHash: createHash("sha256").update(content).digest("hex")
} as const

/** A distant store that says it took everything in and has something else. */
const liar = trackFiles({
  root,
  cacheSize: 0,
  backend: "local",
  distant: () =>
    Effect.succeed({
      put: () => Effect.void,
      remove: () => Effect.void,
      exists: () => Effect.succeed(true),
      open: () => Effect.succeedNone,
      deliver: () => Effect.succeedNone,
      localPath: () => Effect.succeedNone,
      digest: () => Effect.succeed(Option.some("0".repeat(64))),
      list: () => Effect.succeed([])
    })
})
const alone = trackFiles({ root, cacheSize: 0, backend: "local" })

describe("a copy in another store", () => {
  it.live("counts only once it was read back and is what it should be", () =>
    Effect.gen(function* () {
      const files = yield* TrackFiles
      const id = UploadId.make("5c1f2a1e-6f0b-4a55-9d38-0d6f3f1b2a10")
      const writer = yield* files.quarantine(id)
      yield* writer.write(content)
      yield* files.promote(id, file)
      assert.strictEqual(yield* (yield* TrackStorage).copy(file, "s3"), "corrupt")
      assert.isTrue(yield* files.exists(file))
    }).pipe(Effect.scoped, Effect.provide(liar))
  )

  it.live("cannot be asked for where no such store is configured", () =>
    Effect.gen(function* () {
      const files = yield* TrackFiles
      const distant = { ...file, storageBackend: "s3" } as const
      assert.instanceOf(yield* Effect.flip(files.open(distant)), StorageUnavailable)
      assert.isUndefined(files.peek(distant))
      assert.deepStrictEqual((yield* TrackStorage).backends, ["local"])
    }).pipe(Effect.scoped, Effect.provide(alone))
  )
})

describe("noticing that an object is gone", () => {
  it("asks beside the first who come, remembers the answer for a while, and asks again", async () => {
    const asked: Array<string> = []
    let isThere = false
    const presence = new Presence((key) => {
      asked.push(key)
      return Promise.resolve(isThere)
    })
    assert.isFalse(presence.isMissing("a", 0))
    await eventually("knowing", () => presence.isMissing("a", 1))
    assert.isTrue(presence.isMissing("a", 29_000))
    isThere = true
    assert.isFalse(presence.isMissing("a", 31_000))
    await eventually("knowing better", () => asked.length === 2)
    assert.isFalse(presence.isMissing("a", 32_000))
    assert.isFalse(presence.isMissing("a", 9 * 60_000))
    assert.deepStrictEqual(asked, ["a", "a"])
  })

  it("asks about few at once, and takes no answer for no news", async () => {
    let asked = 0
    const presence = new Presence(() => {
      asked++
      return asked <= 4 ? new Promise(() => {}) : Promise.reject(new Error("away"))
    })
    for (const key of ["a", "b", "c", "d", "e", "f", "a"]) assert.isFalse(presence.isMissing(key, 0))
    assert.strictEqual(asked, 4)
    const other = new Presence(() => Promise.reject(new Error("away")))
    assert.isFalse(other.isMissing("a", 0))
    await Promise.resolve()
    assert.isFalse(other.isMissing("a", 1))
  })
})
