import { DateTime, Effect, Layer, Option } from "effect"
import { Changes, UserId } from "@veza/domain/kernel"
import {
  type MoveOutcome,
  type PlacedTrack,
  type StorageBackend,
  Track,
  type TrackPlace,
  TrackPlaces
} from "@veza/domain/tracks"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, keyOf, put } from "./tables.ts"

const at = ({ storageBackend, storageKey }: TrackPlace): string => keyOf(storageBackend, storageKey)

export const isReferredTo = (tables: Tables, place: TrackPlace): boolean =>
  all(tables, "tracks").some(({ track }) => at(track) === at(place))

export const notePlace = (
  tables: Tables,
  { storageBackend, storageKey }: TrackPlace,
  userId: UserId,
  removedAt: DateTime.Utc
): Tables =>
  put(tables, "removedTrackFiles", keyOf(storageBackend, storageKey), {
    storageBackend,
    storageKey,
    userId,
    removedAt,
    claimedUntil: undefined
  })

export const placeOf = ({ storageBackend, storageKey }: TrackPlace): TrackPlace => ({ storageBackend, storageKey })

export const claimPlaces = (
  tables: Tables,
  noted: ReadonlyArray<Rows["removedTrackFiles"]>,
  claimedUntil: DateTime.Utc
): Tables => noted.reduce((left, row) => put(left, "removedTrackFiles", at(row), { ...row, claimedUntil }), tables)

export const forgetPlace = (tables: Tables, place: TrackPlace): Tables => drop(tables, "removedTrackFiles", at(place))

const isClaimed = (tables: Tables, place: TrackPlace, now: DateTime.Utc): boolean => {
  const until = get(tables, "removedTrackFiles", at(place))?.claimedUntil
  return until !== undefined && DateTime.isGreaterThanOrEqualTo(until, now)
}
const unnote = (tables: Tables, place: TrackPlace, now: DateTime.Utc): Tables =>
  isClaimed(tables, place, now) ? tables : forgetPlace(tables, place)

const placed = ({ id, userId, status, contentHash, storageBackend, storageKey }: Track): PlacedTrack => ({
  id,
  userId,
  status,
  contentHash,
  storageBackend,
  storageKey
})
const tracksIn = (tables: Tables, backend: StorageBackend): ReadonlyArray<Track> =>
  all(tables, "tracks").flatMap(({ track }) => (track.storageBackend === backend ? [track] : []))

const moveRow = (
  tables: Tables,
  track: PlacedTrack,
  to: StorageBackend,
  now: DateTime.Utc
): readonly [MoveOutcome, Tables] => {
  const target: TrackPlace = { storageBackend: to, storageKey: track.storageKey }
  const row = get(tables, "tracks", track.id)
  if (row === undefined) return ["gone", notePlace(tables, target, track.userId, now)]
  if (row.track.storageBackend !== track.storageBackend) return ["elsewhere", tables]
  const free = unnote(tables, target, now)
  if (get(free, "removedTrackFiles", at(target)) !== undefined) return ["busy", tables]
  const moved = put(free, "tracks", track.id, { ...row, track: new Track({ ...row.track, storageBackend: to }) })
  return ["moved", notePlace(moved, track, track.userId, now)]
}

export const trackPlacesMemory = Layer.effect(
  TrackPlaces,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    return TrackPlaces.of({
      totalIn: (backend) =>
        store.read((tables) => {
          const tracks = tracksIn(tables, backend)
          return { tracks: tracks.length, bytes: tracks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
        }),
      storedIn: (backend, after, limit) =>
        store.read((tables) =>
          tracksIn(tables, backend)
            .filter(({ id }) => after === undefined || id > after.id)
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
            .slice(0, limit)
            .map(placed)
        ),
      reserve: (place) =>
        Effect.flatMap(DateTime.now, (now) =>
          store.change((tables) => {
            const free = unnote(tables, place, now)
            return [get(free, "removedTrackFiles", at(place)) === undefined, free]
          })
        ),
      move: Effect.fnUntraced(function* (track, to, now) {
        const outcome = yield* store.change((tables) => moveRow(tables, track, to, now))
        if (outcome === "moved") yield* changes.announce("tracks", track.id)
        return outcome
      }),
      noteUnreferred: (backend, keys, now) =>
        store.change((tables): readonly [number, Tables] => {
          const fresh = keys
            .map((storageKey): TrackPlace => ({ storageBackend: backend, storageKey }))
            .filter(
              (place) => !isReferredTo(tables, place) && get(tables, "removedTrackFiles", at(place)) === undefined
            )
          const ownerOf = ({ storageKey }: TrackPlace) => UserId.make(storageKey.split("/")[1] ?? "")
          return [fresh.length, fresh.reduce((left, place) => notePlace(left, place, ownerOf(place), now), tables)]
        }),
      claim: ({ backend, before, at: now, until, limit }) =>
        store.change((tables): readonly [ReadonlyArray<TrackPlace>, Tables] => {
          const old = all(tables, "removedTrackFiles").filter(
            ({ storageBackend, removedAt }) => storageBackend === backend && DateTime.isLessThan(removedAt, before)
          )
          const stale = old.filter((noted) => isReferredTo(tables, noted))
          const due = old
            .filter((noted) => !stale.includes(noted) && !isClaimed(tables, noted, now))
            .toSorted((a, b) => DateTime.toEpochMillis(a.removedAt) - DateTime.toEpochMillis(b.removedAt))
            .slice(0, limit)
          return [due.map(placeOf), claimPlaces(stale.reduce(forgetPlace, tables), due, until)]
        }),
      forget: (place) => store.change((tables) => [undefined, forgetPlace(tables, place)]),
      seenUpTo: (backend) => store.read((tables) => Option.fromNullishOr(get(tables, "storageSweeps", backend))),
      setSeenUpTo: (backend, key) =>
        store.change((tables) => [
          undefined,
          key === undefined ? drop(tables, "storageSweeps", backend) : put(tables, "storageSweeps", backend, key)
        ])
    })
  })
)
