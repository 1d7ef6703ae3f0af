import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Users } from "@veza/domain/accounts"
import type { Ids } from "@veza/domain/kernel"
import { Likes, Notices, type Track, Tracks, TrackSuggestions } from "@veza/domain/tracks"
import { addReadyTrack, addTrack, addUser, at } from "./samples.ts"

const ids = (tracks: ReadonlyArray<Track>) => tracks.map(({ id }) => id)
const like = (track: Track, user: { readonly id: Track["userId"] }, second = 1) =>
  Likes.use((likes) => likes.add(track.id, user.id, at(second)))

/** What every source of suggestions does. */
export const trackSuggestionsContract = <E>(
  name: string,
  adapter: Layer.Layer<TrackSuggestions | Notices | Tracks | Likes | Users | Ids, E>
) =>
  layer(adapter)(`TrackSuggestions: ${name}`, (it) => {
    it.effect("knows what those like who like the same, the most shared first", () =>
      Effect.gen(function* () {
        const [artist, me, close, far] = [yield* addUser(), yield* addUser(), yield* addUser(), yield* addUser()]
        const add = () => addReadyTrack(artist.id)
        const [one, two, byClose, byFar, byNobody] = [
          yield* add(),
          yield* add(),
          yield* add(),
          yield* add(),
          yield* add()
        ]
        for (const track of [one, two]) yield* like(track, me)
        for (const track of [one, two, byClose]) yield* like(track, close)
        for (const track of [one, byFar]) yield* like(track, far)
        const suggestions = yield* TrackSuggestions
        assert.deepStrictEqual(ids(yield* suggestions.likedAlike(me.id, 10)), [byClose.id, byFar.id])
        assert.deepStrictEqual(ids(yield* suggestions.likedAlike(me.id, 1)), [byClose.id])
        assert.deepStrictEqual(yield* suggestions.likedAlike((yield* addUser()).id, 10), [])
        assert.notInclude(ids(yield* suggestions.likedAlike(me.id, 10)), byNobody.id)
      })
    )

    it.effect("knows the newest of the genres that somebody likes", () =>
      Effect.gen(function* () {
        const [artist, me] = [yield* addUser(), yield* addUser()]
        const genre = `genre of ${me.id}`
        const add = (second: number, given: string | null) =>
          addReadyTrack(artist.id, { genre: given, createdAt: at(second) })
        yield* like(yield* add(1, genre.toUpperCase()), me)
        const [older, newer] = [yield* add(2, genre), yield* add(3, genre)]
        yield* add(4, null)
        yield* add(5, `another ${genre}`)
        const found = yield* (yield* TrackSuggestions).ofGenresLiked(me.id, 10)
        assert.deepStrictEqual(ids(found), [newer.id, older.id])
      })
    )

    it.effect("never suggests what is one's own, liked, private, blocked or not ready", () =>
      Effect.gen(function* () {
        const [artist, me, fan] = [yield* addUser(), yield* addUser(), yield* addUser()]
        const genre = `genre of ${me.id}`
        const seed = yield* addReadyTrack(artist.id, { genre })
        const own = yield* addReadyTrack(me.id, { genre })
        const secret = yield* addReadyTrack(artist.id, { genre, isPublic: false })
        const raw = yield* addTrack(artist.id, { genre })
        const blocked = yield* addReadyTrack(artist.id, { genre })
        yield* (yield* Notices).blockTrack(blocked.id, at(2))
        const good = yield* addReadyTrack(artist.id, { genre })
        for (const track of [seed, own, secret, raw, blocked, good]) yield* like(track, fan)
        yield* like(seed, me)
        const suggestions = yield* TrackSuggestions
        for (const find of [suggestions.likedAlike, suggestions.ofGenresLiked]) {
          assert.deepStrictEqual(ids(yield* find(me.id, 10)), [good.id])
        }
        const popular = ids(yield* suggestions.popular(me.id, 1000))
        assert.include(popular, good.id)
        for (const { id } of [seed, own, secret, raw, blocked]) assert.notInclude(popular, id)
      })
    )

    it.effect("knows what most people like", () =>
      Effect.gen(function* () {
        const [artist, me] = [yield* addUser(), yield* addUser()]
        const [less, more] = [yield* addReadyTrack(artist.id), yield* addReadyTrack(artist.id)]
        const fans = yield* Effect.replicateEffect(addUser(), 6)
        for (const fan of fans) yield* like(more, fan)
        for (const fan of fans.slice(1)) yield* like(less, fan)
        assert.deepStrictEqual(ids(yield* (yield* TrackSuggestions).popular(me.id, 2)), [more.id, less.id])
      })
    )
  })
