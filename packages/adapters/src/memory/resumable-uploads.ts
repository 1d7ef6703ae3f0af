import { Clock, Duration, Effect, Layer, Option } from "effect"
import { type ResumableUpload, ResumableUploads, uploadHold, type UploadId, uploadMachine } from "@veza/domain/tracks"
import { pageOf } from "./page-of.ts"
import type { ResumableRow, Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, get, put } from "./tables.ts"
import { newUpload } from "./uploads.ts"

type Row = Rows["uploads"] & { readonly resumable: ResumableRow }

const isResumable = (row: Rows["uploads"]): row is Row => row.resumable !== undefined
/** May it still be accepted? */
const isOpen = ({ state }: Rows["uploads"]): boolean => uploadMachine.allows(state, "refused")
const rowsIn = (tables: Tables): ReadonlyArray<Row> => all(tables, "uploads").filter(isResumable)
const rowOf = (tables: Tables, id: UploadId): Row | undefined => {
  const row = get(tables, "uploads", id)
  return row !== undefined && isResumable(row) ? row : undefined
}

const toUpload = ({ id, userId, state, trackId, expiresAt, resumable }: Row): ResumableUpload => {
  const { fileName, metadata, presented, length, received } = resumable
  return { id, userId, fileName, metadata, presented, length, received, state, trackId, expiresAt }
}

const holdMillis = Duration.toMillis(uploadHold)

export const resumableUploadsMemory = Layer.effect(
  ResumableUploads,
  Effect.map(Store, (store) => {
    const change = (id: UploadId, f: (row: Row, now: number) => ResumableRow | undefined) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        store.change((tables): readonly [Row | undefined, Tables] => {
          const row = rowOf(tables, id)
          const changed = row && f(row, now)
          return row === undefined || changed === undefined
            ? [undefined, tables]
            : [row, put(tables, "uploads", id, { ...row, resumable: changed })]
        })
      )
    return ResumableUploads.of({
      create: ({ id, userId, expiresAt, ...upload }, limit) =>
        store.change((tables) => {
          const owner = get(tables, "users", userId)
          if (owner === undefined || owner.deletedAt !== undefined) return [false, tables]
          const rows = rowsIn(tables)
          if (rows.filter((row) => row.userId === userId && isOpen(row)).length >= limit) return [false, tables]
          const begun = rows.reduce((latest, row) => Math.max(latest, row.resumable.begun), 0) + 1
          const more = { ...upload, received: 0, begun, holder: undefined, heldUntil: 0 }
          return [true, put(tables, "uploads", id, newUpload({ id, userId, expiresAt }, more))]
        }),
      byId: (id) => store.read((tables) => Option.map(Option.fromNullishOr(rowOf(tables, id)), toUpload)),
      hold: (id, holder) =>
        Effect.map(
          change(id, (row, now) =>
            isOpen(row) && (row.resumable.holder === undefined || row.resumable.heldUntil <= now)
              ? { ...row.resumable, holder, heldUntil: now + holdMillis }
              : undefined
          ),
          (row) =>
            row === undefined
              ? Option.none()
              : Option.some({ upload: toUpload(row), takenOver: row.resumable.holder !== undefined })
        ),
      keep: (id, holder, received) =>
        Effect.map(
          change(id, (row, now) =>
            isOpen(row) && row.resumable.holder === holder
              ? { ...row.resumable, received: received ?? row.resumable.received, heldUntil: now + holdMillis }
              : undefined
          ),
          (row) => row !== undefined
        ),
      release: (id, holder) =>
        Effect.asVoid(
          change(id, (row) =>
            row.resumable.holder === holder ? { ...row.resumable, holder: undefined, heldUntil: 0 } : undefined
          )
        ),
      arrived: (limit) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          store.read((tables) =>
            rowsIn(tables)
              .filter((row) => isOpen(row) && row.resumable.received === row.resumable.length)
              .filter(({ resumable }) => resumable.holder === undefined || resumable.heldUntil <= now)
              .filter(({ expiresAt }) => expiresAt.epochMilliseconds > now)
              .toSorted((a, b) => a.resumable.begun - b.resumable.begun)
              .slice(0, limit)
              .map(({ id }) => id)
          )
        ),
      of: (owner, after, limit) =>
        store.read((tables) => {
          const rows = rowsIn(tables).filter(({ userId }) => userId === owner)
          return pageOf(rows.map(toUpload), ({ id }) => id, after, limit)
        })
    })
  })
)
