import { Effect, Layer } from "effect"
import { Changes } from "@veza/domain/kernel"
import { Track, type TrackId, trackMachine, UnscannedTracks } from "@veza/domain/tracks"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"
import { notePlace } from "./track-places.ts"

const isWaiting = ({ scanStatus, status }: Track): boolean =>
  scanStatus === "skipped" && trackMachine.allows(status, "rejected")

export const unscannedTracksMemory = Layer.effect(
  UnscannedTracks,
  Effect.gen(function* () {
    const store = yield* Store
    const changes = yield* Changes
    const change = (id: TrackId, f: (tables: Tables, track: Track) => readonly [Track, Tables]) =>
      Effect.tap(
        store.change((tables): readonly [boolean, Tables] => {
          const row = get(tables, "tracks", id)
          if (row === undefined || !isWaiting(row.track)) return [false, tables]
          const [track, changed] = f(tables, row.track)
          return [true, put(changed, "tracks", id, { ...row, track })]
        }),
        (isChanged) => (isChanged ? changes.announce("tracks", id) : Effect.void)
      )
    return UnscannedTracks.of({
      list: (after, limit) =>
        store.read((tables) => {
          const waiting = all(tables, "tracks")
            .map(({ track }) => track)
            .filter((track) => isWaiting(track) && (after === undefined || track.id > after))
          return pageOf(waiting, ({ id }) => id, undefined, limit)
        }),
      markClean: (id, at) =>
        change(id, (tables, track) => [new Track({ ...track, scanStatus: "clean", updatedAt: at }), tables]),
      reject: (id, message, at) =>
        change(id, (tables, track) => [
          new Track({ ...track, status: "rejected", statusMessage: message, updatedAt: at }),
          notePlace(tables, track, track.userId, at)
        ])
    })
  })
)
