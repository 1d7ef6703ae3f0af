import { Effect, HashMap, Layer } from "effect"
import { imageKeysOf, ProfileErasure, ProfileRecords } from "@veza/domain/accounts"
import { shownImages } from "./image-notes.ts"
import { pageOf } from "./page-of.ts"
import { Store } from "./store.ts"
import { all, drop, dropWhere, keyOf, put } from "./tables.ts"

export const profileErasureMemory = Layer.effect(
  ProfileErasure,
  Effect.map(Store, (store) =>
    ProfileErasure.of({
      drop: (id) =>
        store.change((tables) => {
          const silent = drop(drop(drop(tables, "userProfiles", id), "userSettings", id), "optOuts", id)
          const [, faceless] = dropWhere(silent, "profileImages", ({ userId }) => userId === id)
          const [, nameless] = dropWhere(faceless, "heldUsernames", ({ userId }) => userId === id)
          return [undefined, nameless]
        }),
      imageFiles: (id, limit) =>
        store.read((tables) => {
          const shown = shownImages(tables)
          return all(tables, "imageFiles")
            .map(({ storageKey }) => storageKey)
            .filter((key) => key.startsWith(imageKeysOf(id)) && !shown.has(key))
            .slice(0, limit)
        }),
      blankAcceptances: (id) =>
        store.change((tables) => [
          undefined,
          all(tables, "termsAcceptances")
            .filter(({ userId }) => userId === id)
            .reduce((left, row) => {
              const key = keyOf(row.userId, row.type, row.version)
              return put(left, "termsAcceptances", key, { ...row, ip: "", userAgent: "" })
            }, tables)
        ])
    })
  )
)

export const profileRecordsMemory = Layer.effect(
  ProfileRecords,
  Effect.map(Store, (store) =>
    ProfileRecords.of({
      heldUsernames: (owner) =>
        store.read((tables) =>
          HashMap.toEntries(tables.heldUsernames)
            .flatMap(([name, { userId, until }]) => (userId === owner ? [{ name, heldUntil: until }] : []))
            .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        ),
      acceptances: (owner, after, limit) =>
        store.read((tables) => {
          const rows = all(tables, "termsAcceptances").filter(({ userId }) => userId === owner)
          return pageOf(rows, ({ id }) => id, after, limit)
        })
    })
  )
)
