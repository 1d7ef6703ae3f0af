import { assert, type Vitest } from "@effect/vitest"
import { DateTime, Effect, Record } from "effect"
import type { Users } from "@veza/domain/accounts"
import { cursorAfter, type Ids, type ListQuery, planList, type SortValue, type UserId } from "@veza/domain/kernel"
import {
  Likes,
  type Track,
  type TrackFilter,
  trackList,
  Tracks,
  type TrackSort,
  wordsSought
} from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at } from "./samples.ts"

type Ports = Tracks | Likes | Users | Ids

const list = Effect.fnUntraced(function* (filter: TrackFilter, query: ListQuery) {
  const plan = yield* planList(trackList, query, filter)
  return { plan, page: yield* (yield* Tracks).listPublic(filter, plan) }
})

/** Follows the cursors of a list from its beginning to its end, as a client does. */
const walk = Effect.fnUntraced(function* (filter: TrackFilter, query: ListQuery) {
  const pages: Array<ReadonlyArray<Track>> = []
  let cursor = ""
  for (let i = 0; i < 100; i++) {
    const { plan, page } = yield* list(filter, { ...query, cursor })
    assert.isUndefined(page.counted)
    pages.push(page.items)
    if (page.next === undefined) return pages
    cursor = cursorAfter(trackList, plan, filter, page.next)
  }
  return assert.fail("the list has no end")
})

const titles = ["b", "B", "a", "Ä", "é", "", "ﬀ", "𝄞", "10", "9", "a b", "b"]

/** Tracks of one owner with ties in every sort. */
const manyTracks = Effect.fnUntraced(function* () {
  const { id: owner } = yield* addUser()
  const fans = [yield* addUser(), yield* addUser()]
  const tracks = yield* Effect.forEach(titles, (title, i) =>
    addReadyTrack(owner, { title, createdAt: at(i % 4) }, 60_000 * (i % 3))
  )
  const likes = yield* Likes
  for (const [i, track] of tracks.entries()) {
    for (const fan of fans.slice(0, i % 3)) yield* likes.add(track.id, fan.id, at(5))
  }
  return owner
})

const sortValue: Record<TrackSort, (track: Track) => SortValue> = {
  created_at: (track) => DateTime.toEpochMillis(track.createdAt),
  title: (track) => Buffer.from(track.title).toString("hex"),
  plays: (track) => track.playCount,
  likes: (track) => track.likeCount,
  duration: (track) => track.durationMs ?? assert.fail("a ready track has a duration")
}

/** The ids in the order that the list promises: by the sort's value, then by id, both in the same direction. */
const inOrder = (tracks: ReadonlyArray<Track>, sort: TrackSort, order: string): ReadonlyArray<string> => {
  const rising = tracks
    .map((track) => ({ value: sortValue[sort](track), id: track.id }))
    .toSorted((a, b) => (a.value === b.value ? (a.id < b.id ? -1 : 1) : a.value < b.value ? -1 : 1))
    .map(({ id }) => id)
  return order === "asc" ? rising : rising.toReversed()
}

const everyOrder = Record.keys(trackList.sorts).flatMap((sort) => ["asc", "desc"].map((order) => ({ sort, order })))
const ids = (tracks: ReadonlyArray<Track>) => tracks.map((track) => track.id)
const idsIn = (filter: TrackFilter) => Effect.map(list(filter, {}), ({ page }) => ids(page.items))

const walksAgree = Effect.fnUntraced(function* (userId: UserId, limit: number) {
  const all = (yield* list({ userId }, { limit: 100 })).page.items
  assert.lengthOf(all, titles.length)
  for (const { sort, order } of everyOrder) {
    const pages = yield* walk({ userId }, { sort, order, limit })
    assert.deepStrictEqual(ids(pages.flat()), inOrder(all, sort, order), `${sort} ${order} by ${limit}`)
    assert.lengthOf(pages, Math.ceil(titles.length / limit))
  }
})

/** The public list, as part of the contract of Tracks. */
export const trackListContract = (it: Vitest.MethodsNonLive<Ports>) => {
  it.effect("lists exactly the sorted tracks when cursors are followed, for every sort, direction and page size", () =>
    Effect.gen(function* () {
      const owner = yield* manyTracks()
      for (const limit of [1, 4, 5, titles.length, 100]) yield* walksAgree(owner, limit)
    })
  )

  it.effect("lists the same by numbered pages, with a total", () =>
    Effect.gen(function* () {
      const userId = yield* manyTracks()
      const all = (yield* list({ userId }, { limit: 100 })).page.items
      for (const { sort, order } of everyOrder) {
        const pages = yield* Effect.forEach([1, 2, 3, 4], (page) => list({ userId }, { sort, order, limit: 5, page }))
        const items = pages.flatMap(({ page }) => page.items)
        assert.deepStrictEqual(ids(items), inOrder(all, sort, order))
        assert.deepStrictEqual(pages[3]?.page.counted, { page: 4, total: titles.length, isLowerBound: false })
      }
    })
  )

  it.effect("goes on behind a row that has gone from the list, without repeating one", () =>
    Effect.gen(function* () {
      const userId = yield* manyTracks()
      const query = { sort: "title", order: "asc", limit: 4 }
      const first = yield* list({ userId }, { ...query, cursor: "" })
      const last = first.page.items.at(-1) ?? assert.fail("an empty page")
      const before = (yield* walk({ userId }, query)).flat()
      yield* (yield* Tracks).moveTo(last.id, "rejected", "infected", at(9))
      const key = first.page.next ?? assert.fail("no second page")
      const second = yield* list({ userId }, { ...query, cursor: cursorAfter(trackList, first.plan, { userId }, key) })
      assert.deepStrictEqual(ids(second.page.items), ids(before.slice(4, 8)))
    })
  )

  it.effect("shows ready public tracks only", () =>
    Effect.gen(function* () {
      const { id: userId } = yield* addUser()
      const visible = yield* addReadyTrack(userId)
      yield* addTrack(userId)
      yield* addReadyTrack(userId, { isPublic: false })
      yield* (yield* Tracks).moveTo((yield* addReadyTrack(userId)).id, "rejected", "infected", at(9))
      assert.deepStrictEqual(yield* idsIn({ userId }), [visible.id])
    })
  )

  it.effect("filters by owner, and by genre and artist without regard to case", () =>
    Effect.gen(function* () {
      const { id: userId } = yield* addUser()
      const jazz = yield* addReadyTrack(userId, { genre: "Jazz", artist: "ADA", createdAt: at(1) })
      const folk = yield* addReadyTrack(userId, { genre: "Folk", artist: "Ada", createdAt: at(2) })
      yield* addReadyTrack(userId, { createdAt: at(3) })
      assert.deepStrictEqual(yield* idsIn({ userId, genre: "jAZZ" }), [jazz.id])
      assert.deepStrictEqual(yield* idsIn({ userId, artist: "aDa" }), [folk.id, jazz.id])
      assert.deepStrictEqual(yield* idsIn({ userId, artist: "ada", genre: "folk" }), [folk.id])
      assert.deepStrictEqual(yield* idsIn({ userId: (yield* addUser()).id }), [])
    })
  )

  it.effect("filters by key, by ranges of speed and year, and by tags, of which a track has all", () =>
    Effect.gen(function* () {
      const { id: userId } = yield* addUser()
      const a = yield* addReadyTrack(userId, {
        musicalKey: "F♯m",
        bpm: 90,
        year: 1999,
        tags: ["Calm", "piano"],
        createdAt: at(1)
      })
      const b = yield* addReadyTrack(userId, {
        musicalKey: "C",
        bpm: 120,
        year: 2010,
        tags: ["calm"],
        createdAt: at(2)
      })
      const c = yield* addReadyTrack(userId, { createdAt: at(3) })
      const found = (filter: TrackFilter) => idsIn({ userId, ...filter })
      assert.deepStrictEqual(yield* found({ musicalKey: "f♯M" }), [a.id])
      assert.deepStrictEqual(yield* found({ bpm: { from: 90 } }), [b.id, a.id])
      assert.deepStrictEqual(yield* found({ bpm: { from: 91, to: 120 } }), [b.id])
      assert.deepStrictEqual(yield* found({ bpm: { to: 119 } }), [a.id])
      assert.deepStrictEqual(yield* found({ bpm: { from: 121, to: 90 } }), [])
      assert.deepStrictEqual(yield* found({ year: { from: 2000 } }), [b.id])
      assert.deepStrictEqual(yield* found({ year: { to: 1999 } }), [a.id])
      assert.deepStrictEqual(yield* found({ tags: ["CALM"] }), [b.id, a.id])
      assert.deepStrictEqual(yield* found({ tags: ["calm", "Piano"] }), [a.id])
      assert.deepStrictEqual(yield* found({ tags: ["calm", "jazz"] }), [])
      assert.deepStrictEqual(yield* found({ tags: [] }), [c.id, b.id, a.id])
    })
  )

  it.effect("finds by the beginnings of words, without case and accents, in title, artist and album", () =>
    Effect.gen(function* () {
      const { id: userId } = yield* addUser()
      const add = (title: string, artist: string | null, album: string | null, second: number) =>
        addReadyTrack(userId, { title, artist, album, createdAt: at(second) })
      const thunder = yield* add("Thunderstruck (Live)", "AC/DC", "The Razors Edge", 1)
      const vu = yield* add("Déjà‑vu — “c’est ça”", "Beyoncé", null, 2)
      const greek = yield* add("Ζορμπάς 2.0", null, "user@example.org", 3)
      const found = (q: string) => idsIn({ userId, words: wordsSought(q) })
      for (const q of ["thunder", "ac/dc", "dc", "RAZORS thund", "edge live"]) {
        assert.deepStrictEqual(yield* found(q), [thunder.id], q)
      }
      for (const q of ["deja", "DÉJÀ vu", "beyonce", "Beyoncé", "est ca"])
        assert.deepStrictEqual(yield* found(q), [vu.id], q)
      for (const q of ["ζορμπας", "ΖΟΡΜ", "0", "example org"]) assert.deepStrictEqual(yield* found(q), [greek.id], q)
      for (const q of ["hunder", "thunder beyonce", "", "—", "' | 'x':*", "&!()"])
        assert.deepStrictEqual(yield* found(q), [], q)
    })
  )
}
