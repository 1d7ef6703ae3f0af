import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option, Schema } from "effect"
import type { Users } from "@veza/domain/accounts"
import type { Ids } from "@veza/domain/kernel"
import { Likes, Track, TrackErasure, trackMachine, TrackStatus, Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at, facts, newTrackId } from "./samples.ts"
import { trackListContract } from "./track-list.contract.ts"

const plain = Schema.encodeSync(Track)
const stored = (id: Track["id"]) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    Option.getOrThrow
  )
const found = { facts, tags: {}, peaks: undefined }

/** The shortest way from a new row to each state. */
const wayTo: Record<TrackStatus, ReadonlyArray<TrackStatus>> = {
  processing: [],
  ready: ["ready"],
  rejected: ["rejected"],
  failed: ["failed"]
}
const move = (id: Track["id"], to: TrackStatus) =>
  Tracks.use((tracks) => (to === "ready" ? tracks.markReady(id, found, at(2)) : tracks.moveTo(id, to, "why", at(2))))

/** What every store of tracks does. */
export const tracksContract = <E>(name: string, adapter: Layer.Layer<Tracks | TrackErasure | Likes | Users | Ids, E>) =>
  layer(adapter)(`Tracks: ${name}`, (it) => {
    it.effect("finds a track as it was added", () =>
      Effect.gen(function* () {
        const owner = yield* addUser()
        const track = yield* addTrack(owner.id, {
          title: "It’s “so” \\ easy, 100 % – 𝄞",
          artist: "Ä",
          album: "B",
          genre: "C",
          year: 1999,
          bpm: 120,
          musicalKey: "F♯m",
          tags: ["one, two", "{three}", "", 'fo"ur'],
          lyrics: "la\nla",
          description: "d",
          isrc: "DEA123456789",
          isPublic: false,
          downloadable: true,
          scanStatus: "skipped",
          sizeBytes: 3_000_000_000,
          storageBackend: "s3"
        })
        assert.deepStrictEqual(plain(yield* stored(track.id)), plain(track))
        const bare = yield* addTrack(owner.id)
        assert.deepStrictEqual(plain(yield* stored(bare.id)), plain(bare))
        assert.isTrue(Option.isNone(yield* (yield* Tracks).byId(yield* newTrackId)))
      })
    )

    it.effect("changes what is given and nothing else", () =>
      Effect.gen(function* () {
        const owner = yield* addUser()
        const tracks = yield* Tracks
        const track = yield* addTrack(owner.id, { artist: "A", album: "B", bpm: 90, tags: ["x"], isrc: "DEA123456789" })
        const fields = {
          title: "New",
          artist: null,
          bpm: 120,
          tags: ["a, b", '"'],
          isPublic: false,
          downloadable: true
        }
        assert.isTrue(yield* tracks.change(track.id, fields, at(5)))
        const after = plain(new Track({ ...track, ...fields, updatedAt: at(5) }))
        assert.deepStrictEqual(plain(yield* stored(track.id)), after)
        assert.isTrue(yield* tracks.change(track.id, { tags: [] }, at(6)))
        assert.deepStrictEqual(plain(yield* stored(track.id)), {
          ...after,
          tags: [],
          updatedAt: plain(new Track({ ...track, updatedAt: at(6) })).updatedAt
        })
        assert.isFalse(yield* tracks.change(yield* newTrackId, fields, at(5)))
      })
    )

    it.effect("finds those of many tracks that there are, each once", () =>
      Effect.gen(function* () {
        const owner = yield* addUser()
        const tracks = yield* Tracks
        const [one, other] = [yield* addTrack(owner.id), yield* addTrack(owner.id)]
        const found = yield* tracks.byIds([one.id, other.id, yield* newTrackId])
        assert.deepStrictEqual(new Set(found.map(({ id }) => id)), new Set([one.id, other.id]))
        assert.lengthOf(found, 2)
        assert.deepStrictEqual(yield* tracks.byIds([]), [])
      })
    )

    it.effect("removes tracks with what hangs on them, once, and notes their files", () =>
      Effect.gen(function* () {
        const owner = yield* addUser()
        const tracks = yield* Tracks
        const [gone, kept] = [yield* addReadyTrack(owner.id), yield* addReadyTrack(owner.id)]
        yield* (yield* Likes).add(gone.id, owner.id, at(1))
        assert.deepStrictEqual(yield* tracks.remove([gone.id, yield* newTrackId], at(2)), [gone.id])
        assert.deepStrictEqual(yield* tracks.remove([gone.id], at(3)), [])
        assert.isTrue(Option.isNone(yield* tracks.byId(gone.id)))
        assert.isTrue(Option.isSome(yield* tracks.byId(kept.id)))
        assert.deepStrictEqual(yield* (yield* Likes).of(gone.id, owner.id), { count: 0, liked: false })
        assert.deepStrictEqual(yield* (yield* TrackErasure).removedFiles(owner.id, 10), [
          { storageBackend: "local", storageKey: gone.storageKey }
        ])
      })
    )

    it.effect("moves a track along its table and no other way", () =>
      Effect.gen(function* () {
        const owner = yield* addUser()
        for (const from of TrackStatus.literals) {
          for (const to of TrackStatus.literals) {
            const { id } = yield* addTrack(owner.id)
            for (const step of wayTo[from]) assert.isTrue(yield* move(id, step))
            assert.strictEqual(yield* move(id, to), trackMachine.allows(from, to), `${from} to ${to}`)
            assert.strictEqual((yield* stored(id)).status, trackMachine.allows(from, to) ? to : from)
          }
        }
      })
    )

    it.effect("records what the sound says when a track gets ready, and lets the uploader's word stand", () =>
      Effect.gen(function* () {
        const tracks = yield* Tracks
        const said = yield* addTrack((yield* addUser()).id, { artist: "Said", year: 2001 })
        const tags = {
          title: "T",
          artist: "Tagged",
          album: "Album",
          genre: "Jazz",
          year: 1959,
          bpm: 136,
          musicalKey: "Am",
          isrc: "USABC1234567"
        }
        assert.isTrue(yield* tracks.markReady(said.id, { facts, tags, peaks: [0, 128, 255] }, at(9)))
        const ready = new Track({
          ...said,
          ...facts,
          album: "Album",
          genre: "Jazz",
          bpm: 136,
          musicalKey: "Am",
          isrc: "USABC1234567",
          status: "ready",
          hasWaveform: true,
          updatedAt: at(9)
        })
        assert.deepStrictEqual(plain(yield* stored(said.id)), plain(ready))
        assert.deepStrictEqual(yield* tracks.waveformOf(said.id), Option.some([0, 128, 255]))
      })
    )

    it.effect("has no waveform where none was drawn", () =>
      Effect.gen(function* () {
        const tracks = yield* Tracks
        const track = yield* addReadyTrack((yield* addUser()).id)
        assert.isTrue(Option.isNone(yield* tracks.waveformOf(track.id)))
        assert.isTrue(Option.isNone(yield* tracks.waveformOf(yield* newTrackId)))
        assert.isFalse((yield* stored(track.id)).hasWaveform)
      })
    )

    it.effect("makes a track ready once, however many workers are done with it", () =>
      Effect.gen(function* () {
        const tracks = yield* Tracks
        const { id } = yield* addTrack((yield* addUser()).id)
        const moved = yield* Effect.all(
          Array.from({ length: 10 }, () => tracks.markReady(id, found, at(2))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(moved.filter((won) => won).length, 1)
      })
    )

    it.effect("tells why a track failed", () =>
      Effect.gen(function* () {
        const { id } = yield* addTrack((yield* addUser()).id)
        yield* (yield* Tracks).moveTo(id, "failed", "the file is missing", at(3))
        const track = yield* stored(id)
        assert.deepStrictEqual([track.status, track.statusMessage], ["failed", "the file is missing"])
      })
    )

    it.effect("knows an owner's living track with the same content", () =>
      Effect.gen(function* () {
        const tracks = yield* Tracks
        const [owner, other] = [yield* addUser(), yield* addUser()]
        const track = yield* addTrack(owner.id)
        const same = (userId: typeof owner.id) => tracks.ofOwnerWithContent(userId, track.contentHash)
        assert.deepStrictEqual(yield* same(owner.id), Option.some(track.id))
        assert.isTrue(Option.isNone(yield* same(other.id)))
        yield* tracks.markReady(track.id, found, at(2))
        assert.deepStrictEqual(yield* same(owner.id), Option.some(track.id))
        yield* tracks.moveTo(track.id, "rejected", "infected", at(3))
        assert.isTrue(Option.isNone(yield* same(owner.id)))
      })
    )

    it.effect("lists what has been in processing for too long, oldest first, no more than asked for", () =>
      Effect.gen(function* () {
        const tracks = yield* Tracks
        const { id: owner } = yield* addUser()
        const old = (seconds: number) => at(seconds - 1_000_000)
        yield* addReadyTrack(owner, { createdAt: old(1) })
        const second = yield* addTrack(owner, { createdAt: old(3) })
        const first = yield* addTrack(owner, { createdAt: old(2) })
        yield* addTrack(owner, { createdAt: old(5) })
        const ids = (limit: number, after?: Track) =>
          Effect.map(tracks.stuckSince(old(5), after, limit), (stuck) => stuck.map((track) => track.id))
        assert.deepStrictEqual(yield* ids(10), [first.id, second.id])
        assert.deepStrictEqual(yield* ids(1), [first.id])
        assert.deepStrictEqual(yield* ids(10, first), [second.id])
        const [one, other] = [
          yield* addTrack(owner, { createdAt: old(4) }),
          yield* addTrack(owner, { createdAt: old(4) })
        ]
        const rest = yield* ids(1, second)
        const last = yield* ids(10, rest[0] === one.id ? one : other)
        assert.deepStrictEqual([...rest, ...last].toSorted(), [one.id, other.id].toSorted())
      })
    )

    trackListContract(it)
  })
