import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { Users } from "@veza/domain/accounts"
import { Changes, type Ids } from "@veza/domain/kernel"
import { Likes, Tracks } from "@veza/domain/tracks"
import { addReadyTrack, addUser, at } from "./samples.ts"

const likedTrack = Effect.flatMap(addUser(), (owner) => addReadyTrack(owner.id))
const countInTrack = (id: Parameters<Tracks["Service"]["byId"]>[0]) =>
  Effect.map(
    Tracks.use((tracks) => tracks.byId(id)),
    (track) => Option.getOrThrow(track).likeCount
  )

/** What every store of likes does. */
export const likesContract = <E>(name: string, adapter: Layer.Layer<Changes | Likes | Tracks | Users | Ids, E>) =>
  layer(adapter)(`Likes: ${name}`, (it) => {
    it.effect("counts each person once, however often they like", () =>
      Effect.gen(function* () {
        const likes = yield* Likes
        const { id } = yield* likedTrack
        const [ada, bob] = [yield* addUser(), yield* addUser()]
        assert.strictEqual(yield* likes.add(id, ada.id, at(1)), 1)
        assert.strictEqual(yield* likes.add(id, ada.id, at(2)), 1)
        assert.strictEqual(yield* likes.add(id, bob.id, at(3)), 2)
        assert.deepStrictEqual(yield* likes.of(id, ada.id), { count: 2, liked: true })
      })
    )

    it.effect("tells who shows counts of every like that counts", () =>
      Effect.gen(function* () {
        const likes = yield* Likes
        const { id } = yield* likedTrack
        const ada = yield* addUser()
        const told: Array<string | undefined> = []
        yield* (yield* Changes).follow("track_counts", (key) => {
          if (key === id) told.push(key)
        })
        yield* likes.add(id, ada.id, at(1))
        assert.isAtLeast(told.length, 1)
        yield* likes.remove(id, ada.id)
        assert.isAtLeast(told.length, 2)
      })
    )

    it.effect("takes back a like once", () =>
      Effect.gen(function* () {
        const likes = yield* Likes
        const { id } = yield* likedTrack
        const [ada, bob] = [yield* addUser(), yield* addUser()]
        yield* likes.add(id, ada.id, at(1))
        assert.strictEqual(yield* likes.remove(id, bob.id), 1)
        assert.strictEqual(yield* likes.remove(id, ada.id), 0)
        assert.strictEqual(yield* likes.remove(id, ada.id), 0)
        assert.deepStrictEqual(yield* likes.of(id, ada.id), { count: 0, liked: false })
      })
    )

    it.effect("counts exactly under fifty clicks at once, and the track shows the same count", () =>
      Effect.gen(function* () {
        const likes = yield* Likes
        const { id } = yield* likedTrack
        const fans = yield* Effect.replicateEffect(addUser(), 10)
        const clicks = Array.from({ length: 50 }, (_, i) => fans[i % fans.length] ?? assert.fail("no fans"))
        yield* Effect.forEach(clicks, (fan) => likes.add(id, fan.id, at(1)), { concurrency: "unbounded" })
        assert.strictEqual(yield* countInTrack(id), fans.length)
        const leaving = clicks.filter((_, i) => i % fans.length < 4)
        yield* Effect.forEach(leaving, (fan) => likes.remove(id, fan.id), { concurrency: "unbounded" })
        assert.strictEqual(yield* countInTrack(id), fans.length - 4)
      })
    )

    it.effect("answers a count with the like in it to every one of a person's clicks at once", () =>
      Effect.gen(function* () {
        const likes = yield* Likes
        const { id } = yield* likedTrack
        const fan = yield* addUser()
        const click = likes.add(id, fan.id, at(1))
        const counts = yield* Effect.replicateEffect(click, 8, { concurrency: "unbounded" })
        assert.deepStrictEqual(new Set(counts), new Set([1]))
      })
    )

    it.effect("ends with a count that agrees with the likes when people change their minds at once", () =>
      Effect.gen(function* () {
        const likes = yield* Likes
        const { id } = yield* likedTrack
        const fans = yield* Effect.replicateEffect(addUser(), 5)
        yield* Effect.forEach(
          Array.from({ length: 50 }, (_, i) => i),
          (i) => {
            const fan = fans[i % fans.length] ?? assert.fail("no fans")
            return i % 3 === 0 ? likes.remove(id, fan.id) : likes.add(id, fan.id, at(i))
          },
          { concurrency: "unbounded" }
        )
        const liked = yield* Effect.filter(fans, (fan) => Effect.map(likes.of(id, fan.id), (of) => of.liked))
        assert.strictEqual(yield* countInTrack(id), liked.length)
      })
    )
  })
