import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Ids, Secrets } from "@veza/domain/kernel"
import { type Share, ShareId, Shares, type Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at } from "./samples.ts"

const addShare = Effect.fnUntraced(function* (expiresAt: DateTime.Utc | undefined) {
  const { id: createdBy } = yield* addUser()
  const { id: trackId } = yield* addReadyTrack(createdBy)
  const { digest } = yield* (yield* Secrets).issue
  const id = ShareId.make(yield* (yield* Ids).entity)
  const share: Share = { id, trackId, createdBy, digest, permission: "stream", expiresAt, createdAt: at(0) }
  yield* (yield* Shares).add(share)
  return share
})

const plain = (share: Share) => ({
  ...share,
  digest: Buffer.from(share.digest).toString("hex"),
  expiresAt: share.expiresAt === undefined ? undefined : DateTime.toEpochMillis(share.expiresAt),
  createdAt: DateTime.toEpochMillis(share.createdAt)
})
const assertSame = (found: Option.Option<Share>, share: Share) =>
  assert.deepStrictEqual(plain(Option.getOrThrow(found)), plain(share))

/** What every store of share links does. */
export const sharesContract = <E>(name: string, adapter: Layer.Layer<Shares | Tracks | Users | Secrets | Ids, E>) =>
  layer(adapter)(`Shares: ${name}`, (it) => {
    it.effect("finds a share by its secret's digest and by its id, as it was made", () =>
      Effect.gen(function* () {
        const shares = yield* Shares
        for (const share of [yield* addShare(undefined), yield* addShare(at(60))]) {
          assertSame(yield* shares.living(share.digest, at(1)), share)
          assertSame(yield* shares.byId(share.id), share)
        }
      })
    )

    it.effect("is alive until just before its end, or for ever without one", () =>
      Effect.gen(function* () {
        const shares = yield* Shares
        const ending = yield* addShare(at(60))
        const endless = yield* addShare(undefined)
        const lastMoment = DateTime.subtract(at(60), { milliseconds: 1 })
        assert.isTrue(Option.isSome(yield* shares.living(ending.digest, lastMoment)))
        assert.isTrue(Option.isNone(yield* shares.living(ending.digest, at(60))))
        assert.isTrue(Option.isSome(yield* shares.living(endless.digest, DateTime.add(at(0), { days: 36_500 }))))
      })
    )

    it.effect("is dead once revoked, and stays so when revoked again", () =>
      Effect.gen(function* () {
        const shares = yield* Shares
        const share = yield* addShare(undefined)
        for (const moment of [at(1), at(2)]) {
          yield* shares.revoke(share.id, moment)
          assert.isTrue(Option.isNone(yield* shares.living(share.digest, at(3))))
        }
      })
    )

    it.effect("knows no share that was never made", () =>
      Effect.gen(function* () {
        const shares = yield* Shares
        const { digest } = yield* (yield* Secrets).issue
        const id = ShareId.make(yield* (yield* Ids).entity)
        assert.isTrue(Option.isNone(yield* shares.living(digest, at(1))))
        assert.isTrue(Option.isNone(yield* shares.byId(id)))
        yield* shares.revoke(id, at(1))
      })
    )
  })
