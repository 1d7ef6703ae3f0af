import { DateTime, Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { removalClaim, Track, TrackErasure, type TrackPlace, uploadMachine } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { removeTrack } from "./remove-track.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, put } from "./tables.ts"
import { claimPlaces, forgetPlace, isReferredTo, placeOf } from "./track-places.ts"

const unlike = (tables: Tables, trackId: string): Tables => {
  const row = get(tables, "tracks", trackId)
  if (row === undefined) return tables
  const track = new Track({ ...row.track, likeCount: row.track.likeCount - 1 })
  return put(tables, "tracks", trackId, { ...row, track })
}

const isKept = ({ isPublic, status, blockedAt }: Track): boolean =>
  isPublic && blockedAt === null && (status === "processing" || status === "ready")

export const trackErasureMemory = Layer.effect(
  TrackErasure,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    return TrackErasure.of({
      refuseUploads: (owner) =>
        Effect.flatMap(DateTime.now, (now) =>
          store.change((tables) => [
            undefined,
            [...tables.uploads]
              .filter(([, { userId, state }]) => userId === owner && uploadMachine.allows(state, "refused"))
              .reduce((left, [id, lease]) => {
                const expiresAt = DateTime.min(lease.expiresAt, now)
                return put(left, "uploads", id, { ...lease, state: "refused", expiresAt })
              }, tables)
          ])
        ),
      removeTracks: Effect.fnUntraced(function* (owner, keepPublic, at) {
        const count = yield* store.change((tables): readonly [number, Tables] => {
          const gone = all(tables, "tracks")
            .map(({ track }) => track)
            .filter((track) => track.userId === owner && !(keepPublic && isKept(track)))
          return [gone.length, gone.reduce((left, track) => removeTrack(left, track, at), tables)]
        })
        if (count > 0) yield* changes.announce("tracks", undefined)
        return count
      }),
      revokeShares: (owner, at) =>
        store.change((tables) => [
          undefined,
          all(tables, "shares")
            .filter(({ share, revokedAt }) => share.createdBy === owner && revokedAt === undefined)
            .reduce((left, row) => put(left, "shares", row.share.id, { ...row, revokedAt: at }), tables)
        ]),
      removedFiles: (owner, limit) =>
        Effect.flatMap(DateTime.now, (now) =>
          store.change((tables): readonly [ReadonlyArray<TrackPlace>, Tables] => {
            const due = all(tables, "removedTrackFiles")
              .filter((noted) => noted.userId === owner && !isReferredTo(tables, noted))
              .slice(0, limit)
            return [due.map(placeOf), claimPlaces(tables, due, DateTime.addDuration(now, removalClaim))]
          })
        ),
      forgetFile: (place) => store.change((tables) => [undefined, forgetPlace(tables, place)]),
      forgetTraces: Effect.fnUntraced(function* (owner) {
        const count = yield* store.change((tables): readonly [number, Tables] => {
          const liked = all(tables, "likes").filter(({ userId }) => userId === owner)
          const counted = liked.reduce((left, { trackId }) => unlike(left, trackId), tables)
          const [, unliked] = dropWhere(counted, "likes", ({ userId }) => userId === owner)
          const [, clean] = dropWhere(unliked, "shares", ({ share }) => share.createdBy === owner)
          return [liked.length, clean]
        })
        if (count > 0) yield* changes.announce("track_counts", undefined)
      })
    })
  })
)
