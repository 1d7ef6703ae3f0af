import { DateTime, Effect, Layer, Option } from "effect"
import { ProfileImages } from "@veza/domain/accounts"
import { Store } from "./store.ts"
import { all, drop, get, keyOf, put } from "./tables.ts"

export const profileImagesMemory = Layer.effect(
  ProfileImages,
  Effect.map(Store, (store) =>
    ProfileImages.of({
      note: (storageKey, notedAt) =>
        store.change((tables) => [
          undefined,
          get(tables, "imageFiles", storageKey) === undefined
            ? put(tables, "imageFiles", storageKey, { storageKey, notedAt })
            : tables
        ]),
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
        }),
      unused: (before, limit) =>
        store.read((tables) => {
          const shown = new Set(all(tables, "profileImages").map(({ storageKey }) => storageKey))
          return all(tables, "imageFiles")
            .filter(({ storageKey, notedAt }) => DateTime.isLessThan(notedAt, before) && !shown.has(storageKey))
            .toSorted((a, b) => DateTime.toEpochMillis(a.notedAt) - DateTime.toEpochMillis(b.notedAt))
            .slice(0, limit)
            .map(({ storageKey }) => storageKey)
        }),
      forget: (storageKey) => store.change((tables) => [undefined, drop(tables, "imageFiles", storageKey)])
    })
  )
)
