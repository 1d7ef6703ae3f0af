import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { AccountErasure, anonymousNames, type Users } from "@veza/domain/accounts"
import { Changes, Ids, Secrets, type UserId } from "@veza/domain/kernel"
import {
  Likes,
  ShareId,
  Shares,
  TrackErasure,
  type TrackId,
  TrackRecords,
  Tracks,
  UploadId,
  Uploads
} from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at } from "./samples.ts"

const addShare = Effect.fnUntraced(function* (trackId: TrackId, createdBy: UserId) {
  const { digest } = yield* (yield* Secrets).issue
  const id = ShareId.make(yield* (yield* Ids).entity)
  yield* (yield* Shares).add({
    id,
    trackId,
    createdBy,
    digest,
    permission: "stream",
    expiresAt: undefined,
    createdAt: at(0)
  })
  return { id, digest }
})
const isThere = (id: TrackId) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    Option.isSome
  )
const isAlive = (digest: Uint8Array) =>
  Effect.map(
    Shares.use((shares) => shares.living(digest, at(9))),
    Option.isSome
  )
const begin = Effect.fnUntraced(function* (userId: UserId) {
  const id = UploadId.make(yield* (yield* Ids).entity)
  yield* (yield* Uploads).begin({ id, userId, expiresAt: at(60) })
  return id
})

type Ports =
  Changes | TrackErasure | TrackRecords | AccountErasure | Tracks | Likes | Shares | Uploads | Users | Secrets | Ids

/** What every store of tracks does when somebody takes their data along, or goes. */
export const trackErasureContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`TrackErasure and TrackRecords: ${name}`, (it) => {
    it.effect("removes every track of an owner with what hangs on it, and notes their files", () =>
      Effect.gen(function* () {
        const [{ id: owner }, { id: fan }] = [yield* addUser(), yield* addUser()]
        const [gone, fresh] = [
          yield* addReadyTrack(owner, { storageBackend: "s3" }),
          yield* addTrack(owner, { isPublic: false })
        ]
        const others = yield* addReadyTrack(fan)
        yield* (yield* Likes).add(gone.id, fan, at(1))
        const share = yield* addShare(gone.id, fan)
        const erasure = yield* TrackErasure
        yield* (yield* Tracks).soundOf(gone.id)

        assert.strictEqual(yield* erasure.removeTracks(owner, false, at(2)), 2)
        assert.deepStrictEqual([yield* isThere(gone.id), yield* isThere(fresh.id)], [false, false])
        assert.isTrue(yield* isThere(others.id))
        assert.isTrue(Option.isNone(yield* (yield* Tracks).soundOf(gone.id)))
        assert.isFalse(yield* isAlive(share.digest))
        assert.deepStrictEqual(yield* (yield* TrackRecords).likes(fan, undefined, 10), [])

        const files = yield* erasure.removedFiles(owner, 10)
        const keys = files.map(({ storageBackend, storageKey }) => `${storageBackend} ${storageKey}`)
        assert.deepStrictEqual(keys.toSorted(), [`s3 ${gone.storageKey}`, `local ${fresh.storageKey}`].toSorted())
        yield* erasure.forgetFile(gone)
        assert.deepStrictEqual(yield* erasure.removedFiles(owner, 10), [
          { storageBackend: "local", storageKey: fresh.storageKey }
        ])
        assert.strictEqual(yield* erasure.removeTracks(owner, false, at(3)), 0)
      })
    )

    it.effect("keeps what is public, where that is wanted", () =>
      Effect.gen(function* () {
        const { id: owner } = yield* addUser()
        const [ready, processing] = [yield* addReadyTrack(owner), yield* addTrack(owner)]
        const hidden = yield* addReadyTrack(owner, { isPublic: false })
        const failed = yield* addTrack(owner)
        yield* (yield* Tracks).moveTo(failed.id, "failed", "unreadable", at(1))
        assert.strictEqual(yield* (yield* TrackErasure).removeTracks(owner, true, at(2)), 2)
        assert.deepStrictEqual([yield* isThere(ready.id), yield* isThere(processing.id)], [true, true])
        assert.deepStrictEqual([yield* isThere(hidden.id), yield* isThere(failed.id)], [false, false])
      })
    )

    it.effect("refuses the uploads of one owner that are under way, and begins none for a deleted account", () =>
      Effect.gen(function* () {
        const [{ id: owner }, { id: other }] = [yield* addUser(), yield* addUser()]
        const uploads = yield* Uploads
        const [mine, theirs] = [yield* begin(owner), yield* begin(other)]
        yield* uploads.moveTo(mine, "scanning")
        yield* (yield* TrackErasure).refuseUploads(owner)
        assert.isFalse(yield* uploads.moveTo(mine, "accepted"))
        assert.isTrue(yield* uploads.moveTo(theirs, "scanning"))
        const gone = { ...anonymousNames(owner), passwordHash: "x" }
        yield* (yield* AccountErasure).anonymise(owner, gone, at(1))
        assert.isFalse(yield* uploads.moveTo(yield* begin(owner), "scanning"))
      })
    )

    it.effect("ends the share links that somebody made, and no others", () =>
      Effect.gen(function* () {
        const [{ id: owner }, { id: other }] = [yield* addUser(), yield* addUser()]
        const { id: trackId } = yield* addReadyTrack(owner)
        const [mine, theirs] = [yield* addShare(trackId, owner), yield* addShare(trackId, other)]
        yield* (yield* TrackErasure).revokeShares(owner, at(1))
        assert.deepStrictEqual([yield* isAlive(mine.digest), yield* isAlive(theirs.digest)], [false, true])
      })
    )

    it.effect("forgets likes with the last step, and counts them no more", () =>
      Effect.gen(function* () {
        const [{ id: owner }, { id: fan }, { id: other }] = [yield* addUser(), yield* addUser(), yield* addUser()]
        const tracks = yield* Effect.replicateEffect(addReadyTrack(owner), 3)
        const likes = yield* Likes
        for (const { id } of tracks) yield* likes.add(id, fan, at(1))
        const [first] = tracks
        if (first === undefined) return assert.fail()
        yield* likes.add(first.id, other, at(1))
        yield* addShare(first.id, fan)
        const erasure = yield* TrackErasure
        let heard = 0
        yield* (yield* Changes).follow("track_counts", (key) => void (key === undefined && heard++))
        yield* erasure.forgetTraces(fan)
        assert.isAtLeast(heard, 1, "who shows counts is told")
        yield* erasure.forgetTraces(fan)
        assert.deepStrictEqual(yield* likes.of(first.id, fan), { count: 1, liked: false })
        assert.deepStrictEqual(yield* (yield* TrackRecords).shares(fan, undefined, 10), [])
      })
    )

    it.effect("tells everything of one owner, page by page, each row once", () =>
      Effect.gen(function* () {
        const [{ id: owner }, { id: other }] = [yield* addUser(), yield* addUser()]
        const mine = yield* Effect.replicateEffect(addReadyTrack(owner), 5)
        const theirs = yield* addReadyTrack(other)
        for (const { id } of [...mine, theirs]) yield* (yield* Likes).add(id, owner, at(4))
        const shares = yield* Effect.forEach(mine, ({ id }) => addShare(id, owner))
        yield* (yield* Shares).revoke(shares[0]?.id ?? assert.fail(), at(5))
        const records = yield* TrackRecords

        const tracks = yield* records.tracks(owner, undefined, 3)
        const moreTracks = yield* records.tracks(owner, tracks.at(-1), 3)
        assert.deepStrictEqual(
          [...tracks, ...moreTracks].map(({ id }) => id),
          mine.map(({ id }) => id).toSorted()
        )
        const liked = yield* records.likes(owner, undefined, 4)
        const moreLiked = yield* records.likes(owner, liked.at(-1), 4)
        assert.deepStrictEqual(
          [...liked, ...moreLiked].map(({ trackId }) => trackId),
          [...mine, theirs].map(({ id }) => id).toSorted()
        )
        assert.deepInclude(liked[0], { title: "Untitled", likedAt: at(4) })
        const made = yield* records.shares(owner, undefined, 4)
        const moreMade = yield* records.shares(owner, made.at(-1), 4)
        assert.deepStrictEqual(
          [...made, ...moreMade].map(({ id }) => id),
          shares.map(({ id }) => id).toSorted()
        )
        assert.strictEqual([...made, ...moreMade].filter(({ revokedAt }) => revokedAt !== undefined).length, 1)
      })
    )
  })
