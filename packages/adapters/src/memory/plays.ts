import { DateTime, Effect, Layer } from "effect"
import { Ids } from "@veza/domain/kernel"
import { type OwnPlay, type PlayEvent, Plays } from "@veza/domain/tracks"
import { keysetPage } from "./keyset-page.ts"
import { pageOf } from "./page-of.ts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, dropWhere, get, keyOf, put } from "./tables.ts"

const monthOf = (at: DateTime.Utc): string => DateTime.formatIso(at).slice(0, 7)

const own = (tables: Tables, { id, at, trackId }: PlayEvent): OwnPlay => ({
  id,
  at,
  trackId,
  title: get(tables, "tracks", trackId)?.track.title ?? null
})
const playsOf = (tables: Tables, user: string): ReadonlyArray<OwnPlay> =>
  all(tables, "playEvents").flatMap((event) => (event.userId === user ? [own(tables, event)] : []))

/** Puts somebody else in the place of a listener, so that counts stay what they are. */
const forgetListener = (tables: Tables, user: string, nobody: string): Tables =>
  [...tables.playListeners]
    .filter(([, { listener }]) => listener === user)
    .reduce(
      (left, [key, row]) =>
        put(drop(left, "playListeners", key), "playListeners", keyOf(row.trackId, row.day, nobody), {
          ...row,
          listener: nobody
        }),
      tables
    )

const append = (tables: Tables, event: PlayEvent): Tables =>
  put(put(tables, "playEvents", event.id, event), "playPending", event.id, event)

export const playsMemory = Layer.effect(
  Plays,
  Effect.map(Effect.all([Store, Ids]), ([store, ids]) =>
    Plays.of({
      claim: (track, listener, at, since) =>
        store.change((tables): readonly [boolean, Tables] => {
          const key = keyOf(track, listener)
          const last = get(tables, "recentPlays", key)
          if (last !== undefined && DateTime.isGreaterThan(last, since)) return [false, tables]
          return [true, put(tables, "recentPlays", key, at)]
        }),
      append: (events) => store.change((tables) => [undefined, events.reduce(append, tables)]),
      list: (user, track, plan) =>
        store.read((tables) =>
          keysetPage(
            playsOf(tables, user).filter(({ trackId }) => trackId === track),
            ({ id, at }) => ({ value: DateTime.formatIso(at), id }),
            plan
          )
        ),
      of: (user, after, limit) =>
        store.read((tables) =>
          pageOf(
            playsOf(tables, user),
            ({ id, at, trackId }) => `${trackId} ${DateTime.formatIso(at)} ${id}`,
            after,
            limit
          )
        ),
      forgetUser: Effect.fnUntraced(function* (user) {
        const nobody = yield* ids.entity
        yield* store.change((tables) => {
          const theirs = all(tables, "playEvents").filter(({ userId }) => userId === user)
          const events = theirs.reduce(
            (left, event) => put(left, "playEvents", event.id, { ...event, userId: undefined }),
            tables
          )
          const pending = all(tables, "playPending")
            .filter(({ userId }) => userId === user)
            .reduce((left, event) => put(left, "playPending", event.id, { ...event, userId: undefined }), events)
          return [undefined, forgetListener(pending, user, nobody)]
        })
      }),
      prepareMonths: (first, months) =>
        store.change((tables) => {
          const begin = DateTime.makeUnsafe(`${monthOf(first)}-01T00:00:00.000Z`)
          const wanted = Array.from({ length: months }, (_, n) => monthOf(DateTime.add(begin, { months: n })))
          const made = wanted.filter((month) => get(tables, "playMonths", month) === undefined)
          return [made.length, made.reduce((left, month) => put(left, "playMonths", month, true), tables)]
        }),
      dropMonths: (before) =>
        store.change((tables) => {
          const first = monthOf(before)
          const [, events] = dropWhere(tables, "playEvents", ({ at }) => monthOf(at) < first)
          return dropWhere(events, "playMonths", (_, month) => month < first)
        }),
      forgetClaims: (before) =>
        store.change((tables) => dropWhere(tables, "recentPlays", (at) => DateTime.isLessThan(at, before)))
    })
  )
)
