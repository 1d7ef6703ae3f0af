import { createHash, randomUUID } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option, Redacted, Result } from "effect"
import { ImageFiles } from "@veza/domain/accounts"
import {
  type DeliveryId,
  deliveryIdOf,
  Distributor,
  EntryId,
  type MessageKind,
  type OutgoingMessage,
  ReleaseId
} from "@veza/domain/distribution"
import { Day, UserId } from "@veza/domain/kernel"
import { TrackFiles, TrackId, UploadId } from "@veza/domain/tracks"
import { signCallback } from "@veza/adapters/distributor"
import { at } from "./samples.ts"

export const secret = Redacted.make("the secret of the stores")
const line = { year: 2026, owner: "Harbour" }
const upc = "036000291452"
const sound = new Uint8Array(300_000).map((_, n) => (n * 31) % 251)
const picture = new Uint8Array(5000).map((_, n) => (n * 17) % 253)

/** A message whose sound and cover lie in their stores. */
export const newMessage = Effect.fnUntraced(function* (kind: MessageKind = "new") {
  const [userId, trackId] = [UserId.make(randomUUID()), TrackId.make(randomUUID())]
  const place = { storageBackend: "local", storageKey: `tracks/${userId}/${trackId}.flac` } as const
  const files = yield* TrackFiles
  yield* Effect.scoped(
    Effect.gen(function* () {
      const upload = UploadId.make(randomUUID())
      const writer = yield* files.quarantine(upload)
      yield* writer.write(sound)
      yield* writer.close
      const contentHash = createHash("sha256").update(sound).digest("hex")
      yield* files.promote(upload, { ...place, contentHash })
    })
  )
  const storageKey = `images/${userId}/${randomUUID()}.jpeg`
  yield* (yield* ImageFiles).write(storageKey, picture)
  return {
    deliveryId: deliveryIdOf(EntryId.make(randomUUID()), 1),
    platform: "deezer",
    kind,
    ownerId: userId,
    releaseId: ReleaseId.make(randomUUID()),
    content: {
      kind: "single",
      title: "Low <Tide> & “High”",
      version: null,
      artists: [{ name: "Nia", role: "primary" }],
      label: "Harbour",
      genre: "Electronic",
      language: "en",
      explicit: false,
      p_line: line,
      c_line: line,
      original_release_date: null,
      release_date: Day.make("2026-07-01"),
      territories: ["FR", "DE"],
      upc,
      cover: {
        storageKey,
        contentHash: createHash("sha256").update(picture).digest("hex"),
        format: "jpeg",
        width: 3000,
        height: 3000,
        sizeBytes: picture.length,
        changedAt: at(0)
      },
      tracks: [
        {
          track_id: trackId,
          title: "A Song",
          version: "Live",
          isrc: "QZABC2600001",
          artists: [{ name: "Nia", role: "primary" }],
          language: "zxx",
          explicit: false,
          p_line: line,
          contributors: [{ name: "Nia Okafor", roles: ["composer"] }],
          shares: [],
          duration_ms: 1000
        }
      ]
    },
    sounds:
      kind === "takedown"
        ? []
        : [
            {
              trackId,
              place,
              format: "flac",
              sizeBytes: sound.length,
              codec: "FLAC",
              sampleRate: 44_100,
              channels: 2
            }
          ],
    at: at(5)
  } satisfies OutgoingMessage
})

/** What the store has of a delivery: how often it was handed over, and the bytes of its sound where they are kept. */
export type Look = (id: DeliveryId) => Promise<{ readonly times: number; readonly sound?: Buffer | undefined }>

/** What every way to the stores does. */
export const distributorContract = <E>(
  name: string,
  adapter: Layer.Layer<Distributor | TrackFiles | ImageFiles, E>,
  look: Look
) =>
  layer(adapter)(`Distributor: ${name}`, (it) => {
    it.effect("hands a release over whole, once however often it is sent, and knows it then", () =>
      Effect.gen(function* () {
        const distributor = yield* Distributor
        const message = yield* newMessage()
        const { platform, deliveryId } = message
        assert.include(distributor.platforms, platform)
        assert.isTrue(Option.isNone(yield* distributor.status(platform, deliveryId)))
        assert.strictEqual((yield* distributor.deliver(message)).state, "accepted")
        assert.strictEqual(Option.getOrThrow(yield* distributor.status(platform, deliveryId)).state, "accepted")
        yield* distributor.deliver(message)
        const found = yield* Effect.promise(() => look(deliveryId))
        assert.isAtLeast(found.times, 1)
        if (found.sound !== undefined) assert.isTrue(found.sound.equals(Buffer.from(sound)))
      })
    )

    it.effect("asks a store to drop a release, without its sound", () =>
      Effect.gen(function* () {
        const distributor = yield* Distributor
        const message = yield* newMessage("takedown")
        assert.strictEqual((yield* distributor.takedown(message)).state, "accepted")
        assert.isTrue(Option.isSome(yield* distributor.status(message.platform, message.deliveryId)))
      })
    )

    it.effect("refuses for good what has lost its sound or its cover, and leaves nothing of it", () =>
      Effect.gen(function* () {
        const distributor = yield* Distributor
        const message = yield* newMessage()
        const [first] = message.sounds
        if (first === undefined) return assert.fail("no sound")
        const place = { ...first.place, storageKey: first.place.storageKey.replace(/[0-9a-f]{8}-/u, "00000000-") }
        const soundless = { ...message, sounds: [{ ...first, place }] }
        assert.strictEqual((yield* Effect.flip(distributor.deliver(soundless)))._tag, "MessageRefused")
        yield* (yield* ImageFiles).remove(message.content.cover.storageKey)
        assert.strictEqual((yield* Effect.flip(distributor.deliver(message)))._tag, "MessageRefused")
        assert.isTrue(Option.isNone(yield* distributor.status(message.platform, message.deliveryId)))
      })
    )

    it.effect("reads only what a store signed lately", () =>
      Effect.gen(function* () {
        const { parseCallback } = yield* Distributor
        const { deliveryId } = yield* newMessage()
        const report = { id: "1", delivery_id: deliveryId, state: "live" }
        const body = Buffer.from(JSON.stringify(report))
        const now = at(1000)
        const seconds = DateTime.toEpochMillis(now) / 1000
        const parse = (bytes: Uint8Array, time: number, key = secret) =>
          parseCallback({ body: bytes, signature: signCallback(key, body, time) }, now)
        assert.deepStrictEqual(Result.getOrThrow(parse(body, seconds)), {
          ...report,
          delivery_id: deliveryId,
          state: "live"
        })
        const refused = (result: ReturnType<typeof parse>) =>
          Result.isFailure(result) && "reason" in result.failure ? result.failure.reason : undefined
        assert.strictEqual(refused(parse(Buffer.concat([body, Buffer.from(" ")]), seconds)), "signature")
        assert.strictEqual(refused(parse(body, seconds, Redacted.make("another"))), "signature")
        assert.strictEqual(refused(parse(body, seconds - 301)), "stale")
        assert.strictEqual(refused(parse(body, seconds + 301)), "stale")
        assert.isTrue(Result.isSuccess(parse(body, seconds - 299)))
      })
    )
  })
