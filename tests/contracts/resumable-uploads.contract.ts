import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { type Users } from "@veza/domain/accounts"
import { Ids, Transaction, UserId } from "@veza/domain/kernel"
import {
  type NewResumableUpload,
  ResumableUploads,
  TrackId,
  uploadHold,
  UploadId,
  Uploads,
  type UploadState
} from "@veza/domain/tracks"
import { addUser } from "./samples.ts"

const entity = Ids.use((ids) => ids.entity)

const newUpload = Effect.fnUntraced(function* (userId: UserId, given: Partial<NewResumableUpload> = {}) {
  return {
    id: UploadId.make(yield* entity),
    userId,
    fileName: "a “song”.flac",
    metadata: { title: "So \\ easy", tags: ["one, two", "𝄞"], year: 1999, is_public: false },
    presented: "title U28=,filename YQ==",
    length: 3_000_000_000,
    expiresAt: DateTime.add(yield* DateTime.now, { hours: 1 }),
    ...given
  } satisfies NewResumableUpload
})

const create = Effect.fnUntraced(function* (upload: NewResumableUpload, limit = 100) {
  return yield* (yield* Transaction).atomically(ResumableUploads.use((uploads) => uploads.create(upload, limit)))
})

const begin = Effect.fnUntraced(function* (given: Partial<NewResumableUpload> = {}) {
  const upload: NewResumableUpload = yield* newUpload((yield* addUser()).id, given)
  assert.isTrue(yield* create(upload))
  return upload.id
})

const stored = (id: UploadId) =>
  Effect.map(
    ResumableUploads.use((uploads) => uploads.byId(id)),
    Option.getOrThrow
  )
const move = (id: UploadId, to: UploadState) => Uploads.use((uploads) => uploads.moveTo(id, to))
const lapse = TestClock.adjust({ seconds: uploadHold.seconds + 1 })

type Needs = ResumableUploads | Uploads | Users | Ids | Transaction

/** What every store of resumable uploads does. */
export const resumableUploadsContract = <E>(name: string, adapter: Layer.Layer<Needs, E>) =>
  layer(adapter)(`ResumableUploads: ${name}`, (it) => {
    it.effect("finds an upload as it began, and no form's lease", () =>
      Effect.gen(function* () {
        const { id: userId } = yield* addUser()
        const upload = yield* newUpload(userId)
        assert.isTrue(yield* create(upload))
        const found = yield* stored(upload.id)
        assert.deepStrictEqual(
          { ...found, expiresAt: DateTime.formatIso(found.expiresAt) },
          {
            ...upload,
            expiresAt: DateTime.formatIso(upload.expiresAt),
            received: 0,
            state: "uploading",
            trackId: null
          }
        )
        const form = UploadId.make(yield* entity)
        yield* (yield* Uploads).begin({ id: form, userId, expiresAt: upload.expiresAt })
        const uploads = yield* ResumableUploads
        assert.isTrue(Option.isNone(yield* uploads.byId(form)))
        assert.isTrue(Option.isNone(yield* uploads.hold(form, yield* entity)))
      })
    )

    it.effect("lets somebody begin so many at once, also when all begin together, and none without an account", () =>
      Effect.gen(function* () {
        const { id: userId } = yield* addUser()
        const wanted = yield* Effect.forEach(Array.from({ length: 8 }), () => newUpload(userId))
        const begun = yield* Effect.forEach(wanted, (upload) => create(upload, 3), { concurrency: "unbounded" })
        assert.strictEqual(begun.filter((created) => created).length, 3)
        const first = wanted[begun.indexOf(true)]?.id ?? assert.fail()
        assert.isTrue(yield* move(first, "refused"))
        assert.isTrue(yield* create(yield* newUpload(userId), 3))
        assert.isFalse(yield* create(yield* newUpload(userId), 3))
        assert.isFalse(yield* create(yield* newUpload(UserId.make(yield* entity)), 3))
      })
    )

    it.effect("gives an upload to one holder at a time, however many ask", () =>
      Effect.gen(function* () {
        const uploads = yield* ResumableUploads
        const id = yield* begin()
        const holders = yield* Effect.forEach(Array.from({ length: 10 }), () => entity)
        const held = yield* Effect.forEach(holders, (holder) => uploads.hold(id, holder), { concurrency: "unbounded" })
        const [winner, ...others] = held.filter(Option.isSome)
        assert.deepStrictEqual([winner?.value.takenOver, others.length], [false, 0])
        const holder = holders[held.findIndex(Option.isSome)] ?? ""
        yield* uploads.release(id, yield* entity)
        assert.isTrue(Option.isNone(yield* uploads.hold(id, yield* entity)))
        yield* uploads.release(id, holder)
        assert.strictEqual(Option.getOrThrow(yield* uploads.hold(id, yield* entity)).takenOver, false)
      })
    )

    it.effect("takes an upload from a holder who says nothing more, and tells so", () =>
      Effect.gen(function* () {
        const uploads = yield* ResumableUploads
        const id = yield* begin()
        const [dead, next] = [yield* entity, yield* entity]
        yield* uploads.hold(id, dead)
        assert.isTrue(yield* uploads.keep(id, dead, 1000))
        yield* TestClock.adjust({ seconds: uploadHold.seconds - 1 })
        assert.isTrue(Option.isNone(yield* uploads.hold(id, next)))
        assert.isTrue(yield* uploads.keep(id, dead, undefined))
        yield* TestClock.adjust({ seconds: uploadHold.seconds - 1 })
        assert.isTrue(Option.isNone(yield* uploads.hold(id, next)))
        yield* lapse
        const held = Option.getOrThrow(yield* uploads.hold(id, next))
        assert.deepStrictEqual([held.takenOver, held.upload.received], [true, 1000])
        assert.isFalse(yield* uploads.keep(id, dead, 2000))
        yield* uploads.release(id, dead)
        assert.isTrue(yield* uploads.keep(id, next, 1500))
        assert.strictEqual((yield* stored(id)).received, 1500)
      })
    )

    it.effect("lets nobody hold or go on with what was refused or accepted", () =>
      Effect.gen(function* () {
        const uploads = yield* ResumableUploads
        for (const way of [["refused"], ["scanning", "accepted"]] as const) {
          const id = yield* begin()
          const holder = yield* entity
          yield* uploads.hold(id, holder)
          for (const state of way) assert.isTrue(yield* move(id, state))
          assert.isFalse(yield* uploads.keep(id, holder, 5))
          yield* uploads.release(id, holder)
          assert.isTrue(Option.isNone(yield* uploads.hold(id, holder)))
        }
      })
    )

    it.effect("accepts the latest plan only, remembers its track, and knows what earlier plans left", () =>
      Effect.gen(function* () {
        const uploads = yield* Uploads
        const id = yield* begin()
        const trackId = TrackId.make(yield* entity)
        const placeOf = (name: string) => ({ storageBackend: "s3" as const, storageKey: `tracks/${name}` })
        const as = (name: string) => ({ id: trackId, storageKey: `tracks/${name}` })
        assert.isTrue(Option.isNone(yield* uploads.plan(id, placeOf("early"))))
        yield* move(id, "scanning")
        assert.deepStrictEqual(yield* uploads.plan(id, placeOf("a")), Option.some([]))
        assert.deepStrictEqual(yield* uploads.plan(id, placeOf("b")), Option.some([placeOf("a")]))
        assert.deepStrictEqual(yield* uploads.strays(id), [])
        assert.isFalse(yield* uploads.accept(id, as("a")))
        assert.isTrue(yield* uploads.accept(id, as("b")))
        assert.isFalse(yield* uploads.accept(id, as("b")))
        assert.deepStrictEqual(yield* uploads.strays(id), [placeOf("a")])
        const found = yield* stored(id)
        assert.deepStrictEqual([found.state, found.trackId], ["accepted", trackId])
        const other = yield* begin()
        assert.deepStrictEqual(yield* uploads.strays(other), [])
        yield* move(other, "scanning")
        yield* uploads.plan(other, placeOf("c"))
        yield* move(other, "refused")
        assert.deepStrictEqual(yield* uploads.strays(other), [placeOf("c")])
      })
    )

    it.effect("lists what has arrived, is held by nobody, and is not over", () =>
      Effect.gen(function* () {
        const uploads = yield* ResumableUploads
        const arrive = Effect.fnUntraced(function* (received: number, length = 10) {
          const id = yield* begin({ length, expiresAt: DateTime.add(yield* DateTime.now, { minutes: 5 }) })
          const holder = yield* entity
          yield* uploads.hold(id, holder)
          yield* uploads.keep(id, holder, received)
          return { id, holder }
        })
        const [whole, part, held] = [yield* arrive(10), yield* arrive(9), yield* arrive(10)]
        const done = yield* arrive(10)
        for (const { id, holder } of [whole, part, done]) yield* uploads.release(id, holder)
        yield* move(done.id, "refused")
        const ours = [whole, part, held, done].map(({ id }) => id)
        const listed = Effect.map(uploads.arrived(1000), (ids) => ids.filter((id) => ours.includes(id)))
        assert.deepStrictEqual(yield* listed, [whole.id])
        yield* move(whole.id, "scanning")
        yield* lapse
        assert.deepStrictEqual((yield* listed).toSorted(), [whole.id, held.id].toSorted())
        assert.strictEqual((yield* uploads.arrived(1)).length, 1)
        yield* TestClock.adjust({ minutes: 5 })
        assert.deepStrictEqual(yield* listed, [])
      })
    )

    it.effect("tells somebody's own, page by page", () =>
      Effect.gen(function* () {
        const uploads = yield* ResumableUploads
        const { id: userId } = yield* addUser()
        const all = yield* Effect.forEach(Array.from({ length: 3 }), () => newUpload(userId))
        yield* Effect.forEach(all, (upload) => create(upload))
        yield* begin()
        const first = yield* uploads.of(userId, undefined, 2)
        const second = yield* uploads.of(userId, first.at(-1), 2)
        assert.deepStrictEqual(
          [...first, ...second].map(({ id }) => id),
          all.map(({ id }) => id).toSorted()
        )
      })
    )
  })
