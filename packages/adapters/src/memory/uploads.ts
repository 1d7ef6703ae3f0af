import { DateTime, Effect, Layer, Option } from "effect"
import { type UploadLease, uploadMachine, Uploads } from "@veza/domain/tracks"
import type { ResumableRow, Rows } from "./rows.ts"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

/** A row of the table: of a form, unless `resumable` says otherwise. */
export const newUpload = (lease: UploadLease, resumable?: ResumableRow): Rows["uploads"] => ({
  ...lease,
  state: "uploading",
  places: [],
  trackId: null,
  resumable
})

export const uploadsMemory = Layer.effect(
  Uploads,
  Effect.map(Store, (store) =>
    Uploads.of({
      begin: (lease) =>
        store.change((tables) => {
          const owner = get(tables, "users", lease.userId)
          if (owner === undefined || owner.deletedAt !== undefined) return [undefined, tables]
          return [undefined, put(tables, "uploads", lease.id, newUpload(lease))]
        }),
      moveTo: (id, to) =>
        store.change((tables) => {
          const row = get(tables, "uploads", id)
          if (row === undefined || !uploadMachine.before(to).includes(row.state)) return [false, tables]
          return [true, put(tables, "uploads", id, { ...row, state: to })]
        }),
      plan: (id, { storageBackend, storageKey }) =>
        store.change((tables) => {
          const row = get(tables, "uploads", id)
          if (row === undefined || !uploadMachine.allows(row.state, "accepted")) return [Option.none(), tables]
          const places = [...row.places, { storageBackend, storageKey }]
          return [Option.some(row.places), put(tables, "uploads", id, { ...row, places })]
        }),
      accept: (id, track) =>
        store.change((tables) => {
          const row = get(tables, "uploads", id)
          if (row === undefined || !uploadMachine.allows(row.state, "accepted")) return [false, tables]
          if (row.places.at(-1)?.storageKey !== track.storageKey) return [false, tables]
          return [true, put(tables, "uploads", id, { ...row, state: "accepted", trackId: track.id })]
        }),
      strays: (id) =>
        store.read((tables) => {
          const row = get(tables, "uploads", id)
          if (row?.state === "refused") return row.places
          return row?.state === "accepted" ? row.places.slice(0, -1) : []
        }),
      end: (id) => store.change((tables) => [undefined, drop(tables, "uploads", id)]),
      expired: (at, limit) =>
        store.read((tables) =>
          all(tables, "uploads")
            .filter((row) => DateTime.isLessThanOrEqualTo(row.expiresAt, at))
            .toSorted((a, b) => DateTime.toEpochMillis(a.expiresAt) - DateTime.toEpochMillis(b.expiresAt))
            .slice(0, limit)
            .map((row) => row.id)
        ),
      leased: (ids) => store.read((tables) => new Set(ids.filter((id) => get(tables, "uploads", id) !== undefined)))
    })
  )
)
