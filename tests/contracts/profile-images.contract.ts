import { assert, layer } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import { type ImageKind, ProfileImages, UserProfiles, type Users } from "@veza/domain/accounts"
import { Ids, type UserId } from "@veza/domain/kernel"
import { addUser, at } from "./samples.ts"

const newKey = Effect.map(
  Ids.use((ids) => ids.entity),
  (id) => `images/${id}.webp`
)
const set = Effect.fnUntraced(function* (user: UserId, kind: ImageKind, storageKey: string) {
  return yield* (yield* ProfileImages).set(user, kind, { storageKey, contentHash: "aa", changedAt: at(5) })
})
const shown = Effect.fnUntraced(function* (user: UserId) {
  const { avatar, banner } = Option.getOrThrow(yield* (yield* UserProfiles).byId(user))
  return [avatar?.storageKey, banner?.storageKey]
})

/** What every store of the rows of profile images does. */
export const profileImagesContract = <E>(
  name: string,
  adapter: Layer.Layer<ProfileImages | UserProfiles | Users | Ids, E>
) =>
  layer(adapter)(`ProfileImages: ${name}`, (it) => {
    it.effect("puts an avatar and a banner in place, each beside the other, and tells the one before", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        const [first, second, banner] = [yield* newKey, yield* newKey, yield* newKey]
        assert.deepStrictEqual(yield* set(id, "avatar", first), Option.none())
        assert.deepStrictEqual(yield* set(id, "banner", banner), Option.none())
        assert.deepStrictEqual(yield* set(id, "avatar", second), Option.some(first))
        assert.deepStrictEqual(yield* shown(id), [second, banner])
        const { avatar } = Option.getOrThrow(yield* (yield* UserProfiles).byId(id))
        assert.deepInclude(avatar, { contentHash: "aa", changedAt: at(5) })
      })
    )

    it.effect("takes an image away once", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        const images = yield* ProfileImages
        const key = yield* newKey
        yield* set(id, "banner", key)
        assert.deepStrictEqual(yield* images.clear(id, "avatar"), Option.none())
        assert.deepStrictEqual(yield* images.clear(id, "banner"), Option.some(key))
        assert.deepStrictEqual(yield* images.clear(id, "banner"), Option.none())
        assert.deepStrictEqual(yield* shown(id), [undefined, undefined])
      })
    )

    it.effect("hands each former image out once, however many put theirs in place at the same time", () =>
      Effect.gen(function* () {
        const { id } = yield* addUser()
        yield* set(id, "avatar", yield* newKey)
        const keys = yield* Effect.replicateEffect(newKey, 8)
        const former = yield* Effect.forEach(keys, (key) => set(id, "avatar", key), { concurrency: "unbounded" })
        const told = former.flatMap(Option.toArray)
        assert.strictEqual(new Set(told).size, told.length)
        assert.isFalse(told.includes((yield* shown(id))[0] ?? ""))
      })
    )
  })
