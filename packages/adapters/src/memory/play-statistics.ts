import { Clock, Effect, Layer } from "effect"
import { type PlayDay, type PlayEvent, PlayStatistics, Track, type TrackId } from "@veza/domain/tracks"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, keyOf, put } from "./tables.ts"

const show = (tables: Tables, trackId: TrackId): Tables => {
  const row = get(tables, "tracks", trackId)
  if (row === undefined) return tables
  const track = new Track({ ...row.track, playCount: row.track.playCount + 1 })
  return put(tables, "tracks", trackId, { ...row, track })
}

const listen = (tables: Tables, { trackId, day, userId, visitor }: PlayEvent): Tables => {
  const listener = userId ?? visitor
  return listener === undefined
    ? tables
    : put(tables, "playListeners", keyOf(trackId, day, listener), { trackId, day, listener })
}

const count = (tables: Tables, event: PlayEvent): Tables => {
  const taken = drop(tables, "playPending", event.id)
  if (get(taken, "tracks", event.trackId) === undefined) return taken
  const key = keyOf(event.trackId, event.day)
  const known = get(taken, "playDays", key) ?? { trackId: event.trackId, day: event.day, plays: 0, completions: 0 }
  if (event.kind === "completion") {
    return put(taken, "playDays", key, { ...known, completions: known.completions + 1 })
  }
  return listen(show(put(taken, "playDays", key, { ...known, plays: known.plays + 1 }), event.trackId), event)
}

/** Days with their listeners by name: the memory has room for what the database counts. */
const listenersOf = (tables: Tables, track: TrackId, from: string, to: string): number =>
  new Set(
    all(tables, "playListeners").flatMap(({ trackId, day, listener }) =>
      trackId === track && day >= from && day <= to ? [listener] : []
    )
  ).size

const daysOf = (tables: Tables, track: TrackId, from: string, to: string): ReadonlyArray<PlayDay> =>
  all(tables, "playDays")
    .filter(({ trackId, day }) => trackId === track && day >= from && day <= to)
    .map(({ day, plays, completions }) => ({
      day,
      plays,
      completions,
      listeners: listenersOf(tables, track, day, day)
    }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))

/** The milliseconds at which a row was made (RFC 9562 §5.7). */
const madeAt = (id: string): number => Number.parseInt(id.replace("-", "").slice(0, 12), 16)

export const playStatisticsMemory = Layer.effect(
  PlayStatistics,
  Effect.map(Store, (store) =>
    PlayStatistics.of({
      rollUp: (limit) =>
        store.change((tables) => {
          const events = all(tables, "playPending")
            .toSorted((a, b) => (a.id < b.id ? -1 : 1))
            .slice(0, limit)
          const counted = events.reduce(count, tables)
          const plays = events.filter(
            ({ kind, trackId }) => kind === "play" && get(tables, "tracks", trackId) !== undefined
          )
          return [{ events: events.length, tracks: [...new Set(plays.map(({ trackId }) => trackId))] }, counted]
        }),
      backlog: Effect.flatMap(Clock.currentTimeMillis, (now) =>
        store.read((tables) => {
          const made = all(tables, "playPending").map(({ id }) => madeAt(id))
          return { depth: made.length, oldestAge: made.length === 0 ? 0 : (now - Math.min(...made)) / 1000 }
        })
      ),
      plays: (track, from, to) =>
        store.read((tables) => daysOf(tables, track, from, to).reduce((sum, { plays }) => sum + plays, 0)),
      days: (track, from, to) => store.read((tables) => daysOf(tables, track, from, to)),
      listeners: (track, from, to) => store.read((tables) => listenersOf(tables, track, from, to)),
      forgetListeners: () => Effect.succeed(0)
    })
  )
)
