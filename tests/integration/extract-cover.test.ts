import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { sharpImages } from "@veza/adapters/images"
import { memoryAdapters } from "@veza/adapters/memory"
import { ImageFiles, ImageNotes, ImageProcessing } from "@veza/domain/accounts"
import { TemporarilyUnavailable } from "@veza/domain/kernel"
import {
  CoverArt,
  extractCover,
  type Track,
  TrackCovers,
  TrackFiles,
  type TrackId,
  Tracks,
  UploadId
} from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at } from "../contracts/samples.ts"
import { picture, pngBomb } from "../support/product/images.ts"

/** What stands in every file; a test puts it there. */
let inFile: Uint8Array | undefined
const art = Layer.succeed(CoverArt, CoverArt.of({ embedded: () => Effect.sync(() => Option.fromNullishOr(inFile)) }))
const png = Effect.promise(() => picture("png"))

const withFile = Effect.fnUntraced(function* (track: Track) {
  const files = yield* TrackFiles
  const upload = UploadId.make(track.id)
  yield* Effect.scoped(
    Effect.gen(function* () {
      const writer = yield* files.quarantine(upload)
      yield* writer.write(new Uint8Array([1]))
      yield* writer.close
      yield* files.promote(upload, track)
    })
  )
  return track.id
})
const addFile = Effect.flatMap(
  Effect.flatMap(addUser(), ({ id }) => addReadyTrack(id)),
  withFile
)
const coverOf = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    (track) => Option.getOrThrow(track).cover
  )
const far = at(1_000_000_000)

layer(Layer.mergeAll(memoryAdapters, sharpImages, art))("looking for a cover", (it) => {
  it.effect("shows the picture in the file once, however often and by how many it is done", () =>
    Effect.gen(function* () {
      inFile = yield* png
      const id = yield* addFile
      const outcomes = yield* Effect.replicateEffect(extractCover(id), 4, { concurrency: "unbounded" })
      assert.lengthOf(
        outcomes.filter((one) => one === "shown"),
        1
      )
      assert.strictEqual(yield* extractCover(id), "not_wanted")
      const { storageKey } = (yield* coverOf(id)) ?? assert.fail("no cover")
      assert.isTrue(Option.isSome(yield* (yield* ImageFiles).read(storageKey)))
      // Whoever came too late took their file away again.
      assert.deepStrictEqual(yield* (yield* ImageNotes).unused(far, 10), [])
    })
  )

  it.effect("leaves what the owner sent, and what is not ready", () =>
    Effect.gen(function* () {
      inFile = yield* png
      const id = yield* addFile
      yield* (yield* TrackCovers).set(id, { storageKey: "sent", contentHash: "aa", changedAt: at(1) })
      assert.strictEqual(yield* extractCover(id), "not_wanted")
      assert.strictEqual((yield* coverOf(id))?.storageKey, "sent")
      const { id: owner } = yield* addUser()
      const early = yield* Effect.flatMap(addTrack(owner), withFile)
      assert.strictEqual(yield* extractCover(early), "not_wanted")
      assert.isNull(yield* coverOf(early))
    })
  )

  it.effect("shows nothing where there is nothing, or nothing that can be used", () =>
    Effect.gen(function* () {
      const id = yield* addFile
      const outcomes = []
      for (const bytes of [undefined, new Uint8Array(), Buffer.from("just words"), pngBomb(20_000)]) {
        inFile = bytes
        outcomes.push(yield* extractCover(id))
      }
      assert.deepStrictEqual(outcomes, ["none", "unusable", "unusable", "unusable"])
      const { id: owner } = yield* addUser()
      inFile = yield* png
      assert.strictEqual(yield* extractCover((yield* addReadyTrack(owner)).id), "none")
    })
  )

  it.effect("fails, to be done again, while there is no place to draw", () =>
    Effect.gen(function* () {
      inFile = yield* png
      const id = yield* addFile
      const busy = ImageProcessing.of({ draw: () => Effect.fail(new TemporarilyUnavailable({ retryAfter: 2 })) })
      const error = yield* Effect.flip(Effect.provideService(extractCover(id), ImageProcessing, busy))
      assert.strictEqual(error._tag, "TemporarilyUnavailable")
      assert.strictEqual(yield* extractCover(id), "shown")
    })
  )
})
