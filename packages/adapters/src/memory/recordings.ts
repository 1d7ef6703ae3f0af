import { Effect, Layer, Option } from "effect"
import { designationsPerYear, type Recording, Recordings } from "@veza/domain/distribution"
import type { UserId } from "@veza/domain/kernel"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, keyOf, put } from "./tables.ts"

/** A recording of somebody's whose track they deleted. */
const isGone = (tables: Tables, { trackId, ownerId }: Recording, owner: UserId): boolean =>
  ownerId === owner && get(tables, "tracks", trackId) === undefined

/** A recording goes on in another track. */
const goOn = (tables: Tables, former: Recording, { trackId, title }: Recording): Tables => {
  const soldAt = get(tables, "soldRecordings", former.trackId)
  const moved = put(drop(tables, "recordings", former.trackId), "recordings", trackId, { ...former, trackId, title })
  const sold = soldAt === undefined ? moved : put(moved, "soldRecordings", trackId, soldAt)
  return drop(drop(sold, "soldRecordings", former.trackId), "royaltyShares", former.trackId)
}

export const recordingsMemory = Layer.effect(
  Recordings,
  Effect.map(Store, (store) =>
    Recordings.of({
      ofTracks: (tracks) =>
        store.read(
          (tables) =>
            new Map(
              all(tables, "recordings").flatMap(({ trackId, isrc }) =>
                tracks.includes(trackId) ? [[trackId, isrc] as const] : []
              )
            )
        ),
      holdersOf: (isrcs, owner) =>
        store.read(
          (tables) =>
            new Map(
              all(tables, "recordings").flatMap((recording) =>
                isrcs.includes(recording.isrc) && !isGone(tables, recording, owner)
                  ? [[recording.isrc, recording.trackId] as const]
                  : []
              )
            )
        ),
      isUpcTaken: (upc, except) =>
        store.read((tables) => {
          const holder = get(tables, "releaseUpcs", upc)
          return holder !== undefined && holder !== except
        }),
      livingUsers: (ids) =>
        store.read(
          (tables) =>
            new Set(
              ids.filter((id) => {
                const row = get(tables, "users", id)
                return row !== undefined && row.user.isVerified && row.deletedAt === undefined
              })
            )
        ),
      nextDesignation: (prefix, year) =>
        store.change((tables): readonly [Option.Option<number>, Tables] => {
          const key = keyOf(prefix, String(year))
          const next = (get(tables, "isrcCounters", key) ?? 0) + 1
          return next >= designationsPerYear
            ? [Option.none(), tables]
            : [Option.some(next), put(tables, "isrcCounters", key, next)]
        }),
      claim: (recording) =>
        store.change((tables): readonly [Option.Option<string>, Tables] => {
          const known = get(tables, "recordings", recording.trackId)
          if (known !== undefined) return [Option.some(known.isrc), tables]
          const former = all(tables, "recordings").find(({ isrc }) => isrc === recording.isrc)
          if (former === undefined) {
            return [Option.some(recording.isrc), put(tables, "recordings", recording.trackId, recording)]
          }
          // A code that is being made is for a recording that had none.
          return !recording.assigned && isGone(tables, former, recording.ownerId)
            ? [Option.some(recording.isrc), goOn(tables, former, recording)]
            : [Option.none(), tables]
        }),
      markSold: (tracks, at) =>
        store.change((tables) => [
          undefined,
          tracks
            .filter((track) => get(tables, "soldRecordings", track) === undefined)
            .reduce((left, track) => put(left, "soldRecordings", track, at), tables)
        ]),
      setShares: (track, shares) => store.change((tables) => [undefined, put(tables, "royaltyShares", track, shares)]),
      sharesOf: (track) => store.read((tables) => get(tables, "royaltyShares", track) ?? []),
      pageOfOwner: (owner, after, limit) =>
        store.read((tables) =>
          pageOf(
            all(tables, "recordings").filter(({ ownerId }) => ownerId === owner),
            ({ trackId }) => trackId,
            after,
            limit
          )
        ),
      forgetPerson: (owner) =>
        store.change((tables) => {
          const untitled = all(tables, "recordings")
            .filter(({ ownerId }) => ownerId === owner)
            .reduce((left, row) => put(left, "recordings", row.trackId, { ...row, title: "" }), tables)
          const unnamed = all(untitled, "recordings").reduce((left, { trackId }) => {
            const shares = get(left, "royaltyShares", trackId) ?? []
            const kept = shares.map((share) => (share.user_id === owner ? { ...share, name: "" } : share))
            return put(left, "royaltyShares", trackId, kept)
          }, untitled)
          return [undefined, unnamed]
        })
    })
  )
)
