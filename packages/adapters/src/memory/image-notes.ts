import { DateTime, Effect, Layer } from "effect"
import { ImageNotes } from "@veza/domain/accounts"
import type { Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

/** The keys of images that a profile, a track or a release shows, or that are on their way to a store. */
export const shownImages = (tables: Tables): ReadonlySet<string> =>
  new Set([
    ...all(tables, "profileImages").map(({ storageKey }) => storageKey),
    ...all(tables, "tracks").flatMap(({ track }) => track.cover?.storageKey ?? []),
    ...all(tables, "releases").flatMap(({ cover }) => cover?.storageKey ?? []),
    ...all(tables, "submissionEntries").flatMap(({ entry, content }) =>
      entry.sent < entry.message ? [content.cover.storageKey] : []
    )
  ])

export const imageNotesMemory = Layer.effect(
  ImageNotes,
  Effect.map(Store, (store) =>
    ImageNotes.of({
      note: (storageKey, notedAt) =>
        store.change((tables) => [
          undefined,
          get(tables, "imageFiles", storageKey) === undefined
            ? put(tables, "imageFiles", storageKey, { storageKey, notedAt })
            : tables
        ]),
      unused: (before, limit) =>
        store.read((tables) => {
          const shown = shownImages(tables)
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
