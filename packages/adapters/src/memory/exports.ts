import { DateTime, Effect, Layer, Option } from "effect"
import {
  type ExportId,
  exportMachine,
  Exports,
  type ExportStatus,
  TooManyExports,
  UserNotFound
} from "@veza/domain/accounts"
import type { Rows, Tables } from "./rows.ts"
import { Store } from "./store.ts"
import { all, dropWhere, get, put } from "./tables.ts"

type ExportRow = Rows["exports"]

const newestFirst = (a: ExportRow, b: ExportRow): number =>
  DateTime.toEpochMillis(b.requestedAt) - DateTime.toEpochMillis(a.requestedAt)
const isHeld = ({ heldUntil }: ExportRow, at: DateTime.Utc): boolean =>
  heldUntil !== undefined && DateTime.isGreaterThan(heldUntil, at)
const may = (row: ExportRow, to: ExportStatus): boolean => exportMachine.allows(row.status, to)

/** Moves every row that `goes` picks, where its state allows it; answers how many. */
const moveWhere = (tables: Tables, to: ExportStatus, goes: (row: ExportRow) => boolean): readonly [number, Tables] => {
  const moved = all(tables, "exports").filter((row) => may(row, to) && goes(row))
  return [moved.length, moved.reduce((left, row) => put(left, "exports", row.id, { ...row, status: to }), tables)]
}

export const exportsMemory = Layer.effect(
  Exports,
  Effect.map(Store, (store) => {
    const update = (id: ExportId, allows: (row: ExportRow) => boolean, f: (row: ExportRow) => ExportRow) =>
      store.change((tables): readonly [Option.Option<ExportRow>, Tables] => {
        const row = get(tables, "exports", id)
        if (row === undefined || !allows(row)) return [Option.none(), tables]
        return [Option.some(f(row)), put(tables, "exports", id, f(row))]
      })
    const changed = (work: ReturnType<typeof update>) => Effect.map(work, Option.isSome)
    const isTheirs = (attempt: number) => (row: ExportRow) => row.attempts === attempt && row.status === "pending"

    return Exports.of({
      add: (id, owner, at, { limit, since }) =>
        Effect.flatMap(
          store.change((tables): readonly [TooManyExports | UserNotFound | undefined, Tables] => {
            const account = get(tables, "users", owner)
            if (account === undefined || account.deletedAt !== undefined) return [new UserNotFound(), tables]
            const counted = all(tables, "exports")
              .filter((row) => row.userId === owner && row.status !== "failed")
              .filter((row) => DateTime.isGreaterThan(row.requestedAt, since))
              .toSorted(newestFirst)
            const oldest = counted[limit - 1]
            if (oldest !== undefined) {
              const wait = DateTime.toEpochMillis(oldest.requestedAt) - DateTime.toEpochMillis(since)
              return [new TooManyExports({ retryAfter: Math.max(1, Math.ceil(wait / 1000)) }), tables]
            }
            const row: ExportRow = {
              id,
              userId: owner,
              status: "pending",
              attempts: 0,
              sizeBytes: null,
              requestedAt: at,
              readyAt: null,
              expiresAt: null,
              heldUntil: undefined,
              cleanedAt: undefined
            }
            return [undefined, put(tables, "exports", id, row)]
          }),
          (refusal) => (refusal === undefined ? Effect.void : Effect.fail(refusal))
        ),
      of: (owner, limit) =>
        store.read((tables) =>
          all(tables, "exports")
            .filter((row) => row.userId === owner)
            .toSorted(newestFirst)
            .slice(0, limit)
        ),
      byId: (id) => store.read((tables) => Option.fromNullishOr(get(tables, "exports", id))),
      claim: (id, at, until) =>
        update(
          id,
          (row) => row.status === "pending" && !isHeld(row, at),
          (row) => ({ ...row, attempts: row.attempts + 1, heldUntil: until })
        ),
      hold: (id, attempt, until) => changed(update(id, isTheirs(attempt), (row) => ({ ...row, heldUntil: until }))),
      release: (id, attempt) =>
        Effect.asVoid(
          update(
            id,
            (row) => row.attempts === attempt,
            (row) => ({ ...row, heldUntil: undefined })
          )
        ),
      finish: (id, attempt, { sizeBytes, at, expiresAt }) =>
        changed(
          update(id, isTheirs(attempt), (row) => ({
            ...row,
            status: "ready",
            heldUntil: undefined,
            sizeBytes,
            readyAt: at,
            expiresAt
          }))
        ),
      fail: (id, attempt) =>
        changed(update(id, isTheirs(attempt), (row) => ({ ...row, status: "failed", heldUntil: undefined }))),
      withdraw: (owner) => store.change((tables) => moveWhere(tables, "expired", (row) => row.userId === owner)),
      expire: (at) =>
        store.change((tables) =>
          moveWhere(
            tables,
            "expired",
            ({ status, expiresAt }) =>
              status === "ready" && expiresAt !== null && DateTime.isLessThanOrEqualTo(expiresAt, at)
          )
        ),
      abandon: (before, at) =>
        store.change((tables) =>
          moveWhere(tables, "failed", (row) => DateTime.isLessThan(row.requestedAt, before) && !isHeld(row, at))
        ),
      uncleaned: (owner, at, limit) =>
        store.read((tables) =>
          all(tables, "exports")
            .filter(({ status, cleanedAt }) => exportMachine.isFinal(status) && cleanedAt === undefined)
            .filter((row) => (owner === undefined || row.userId === owner) && !isHeld(row, at))
            .slice(0, limit)
        ),
      markCleaned: (id, at) =>
        Effect.asVoid(
          update(
            id,
            () => true,
            (row) => ({ ...row, cleanedAt: at })
          )
        ),
      forget: (before) =>
        store.change((tables) =>
          dropWhere(
            tables,
            "exports",
            ({ cleanedAt }) => cleanedAt !== undefined && DateTime.isLessThan(cleanedAt, before)
          )
        )
    })
  })
)
