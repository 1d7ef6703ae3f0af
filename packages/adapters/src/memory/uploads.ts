import { DateTime, Effect, Layer } from "effect"
import { uploadMachine, Uploads } from "@veza/domain/tracks"
import { Store } from "./store.ts"
import { all, drop, get, put } from "./tables.ts"

export const uploadsMemory = Layer.effect(
  Uploads,
  Effect.map(Store, (store) =>
    Uploads.of({
      begin: (lease) =>
        store.change((tables) => {
          const owner = get(tables, "users", lease.userId)
          if (owner === undefined || owner.deletedAt !== undefined) return [undefined, tables]
          return [undefined, put(tables, "uploads", lease.id, { ...lease, state: "uploading" })]
        }),
      moveTo: (id, to) =>
        store.change((tables) => {
          const row = get(tables, "uploads", id)
          if (row === undefined || !uploadMachine.before(to).includes(row.state)) return [false, tables]
          return [true, put(tables, "uploads", id, { ...row, state: to })]
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
