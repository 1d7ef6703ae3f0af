import { Effect, Layer, Option } from "effect"
import { ProfileImages } from "@veza/domain/accounts"
import { Store } from "./store.ts"
import { drop, get, keyOf, put } from "./tables.ts"

export const profileImagesMemory = Layer.effect(
  ProfileImages,
  Effect.map(Store, (store) =>
    ProfileImages.of({
      set: (userId, kind, image) =>
        store.change((tables) => {
          const key = keyOf(userId, kind)
          const former = Option.fromNullishOr(get(tables, "profileImages", key)?.storageKey)
          return [former, put(tables, "profileImages", key, { ...image, userId, kind })]
        }),
      clear: (userId, kind) =>
        store.change((tables) => {
          const key = keyOf(userId, kind)
          const former = Option.fromNullishOr(get(tables, "profileImages", key)?.storageKey)
          return [former, drop(tables, "profileImages", key)]
        })
    })
  )
)
