import { DateTime, Effect, Layer, Option } from "effect"
import { type AudioFacts, type FileTags, Track, trackMachine, Tracks } from "@veza/domain/tracks"
import type { TrackStatus } from "@veza/domain/tracks"
import { removeTrack } from "./remove-track.ts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"
import { listPublic } from "./track-list.ts"

type TrackRow = Rows["tracks"]

const oldestFirst = (a: Track, b: Track): number =>
  DateTime.toEpochMillis(a.createdAt) - DateTime.toEpochMillis(b.createdAt) || (a.id < b.id ? -1 : Number(a.id > b.id))

const tracksIn = (tables: Tables): ReadonlyArray<Track> => all(tables, "tracks").map((row) => row.track)

/** What a file's tags say counts only where the uploader said nothing. */
const filledFrom = (track: Track, tags: FileTags) => ({
  artist: track.artist ?? tags.artist ?? null,
  album: track.album ?? tags.album ?? null,
  genre: track.genre ?? tags.genre ?? null,
  year: track.year ?? tags.year ?? null,
  bpm: track.bpm ?? tags.bpm ?? null,
  musicalKey: track.musicalKey ?? tags.musicalKey ?? null,
  isrc: track.isrc ?? tags.isrc ?? null
})

const readyTrack = (track: Track, facts: AudioFacts, tags: FileTags, hasWaveform: boolean, at: DateTime.Utc): Track =>
  new Track({ ...track, ...facts, ...filledFrom(track, tags), status: "ready", hasWaveform, updatedAt: at })

export const tracksMemory = Layer.effect(
  Tracks,
  Effect.map(Store, (store) => {
    const enter = (id: string, to: TrackStatus, f: (row: TrackRow) => TrackRow) =>
      store.change((tables): readonly [boolean, Tables] => {
        const row = get(tables, "tracks", id)
        if (row === undefined || !trackMachine.before(to).includes(row.track.status)) return [false, tables]
        return [true, put(tables, "tracks", id, f(row))]
      })
    return Tracks.of({
      soundOf: (id) =>
        store.readCommitted((tables) =>
          Option.map(Option.fromNullishOr(get(tables, "tracks", id)), ({ track, hls }) => ({ ...track, hls }))
        ),
      peekSound: () => undefined,
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "tracks", id)?.track)),
      add: (track) =>
        store.change((tables) => [undefined, put(tables, "tracks", track.id, { track, peaks: undefined, hls: null })]),
      byIds: (ids) => store.read((tables) => ids.flatMap((id) => get(tables, "tracks", id)?.track ?? [])),
      change: (id, fields, at) =>
        store.change((tables): readonly [boolean, Tables] => {
          const row = get(tables, "tracks", id)
          if (row === undefined) return [false, tables]
          return [
            true,
            put(tables, "tracks", id, { ...row, track: new Track({ ...row.track, ...fields, updatedAt: at }) })
          ]
        }),
      remove: (ids, at) =>
        store.change((tables) => {
          const gone = ids.flatMap((id) => get(tables, "tracks", id)?.track ?? [])
          return [gone.map(({ id }) => id), gone.reduce((left, track) => removeTrack(left, track, at), tables)]
        }),
      listPublic: (filter, plan) => store.read((tables) => listPublic(tracksIn(tables), filter, plan)),
      ofOwnerWithContent: (owner, contentHash) =>
        store.read((tables) => {
          const [first] = tracksIn(tables)
            .filter((track) => track.userId === owner && track.contentHash === contentHash)
            .filter((track) => track.status === "processing" || track.status === "ready")
            .toSorted(oldestFirst)
          return Option.fromNullishOr(first?.id)
        }),
      markReady: (id, { facts, tags, peaks }, at) =>
        enter(id, "ready", ({ track, hls }) => ({
          track: readyTrack(track, facts, tags, peaks !== undefined, at),
          peaks,
          hls
        })),
      moveTo: (id, to, message, at) =>
        enter(id, to, ({ track, ...row }) => ({
          ...row,
          track: new Track({ ...track, status: to, statusMessage: message, updatedAt: at })
        })),
      waveformOf: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "tracks", id)?.peaks)),
      stuckSince: (since, after, limit) =>
        store.read((tables) =>
          tracksIn(tables)
            .filter((track) => track.status === "processing" && DateTime.isLessThan(track.createdAt, since))
            .filter((track) => after === undefined || oldestFirst(track, after) > 0)
            .toSorted(oldestFirst)
            .slice(0, limit)
        )
    })
  })
)
