import { DateTime, Effect, Option } from "effect"
import { contextOf, Ids, type InSession, Outbox, Transaction } from "../kernel/index.ts"
import { ExportExpired, ExportNotFound, ExportNotReady } from "./data-errors.ts"
import { exportRequested } from "./events.ts"
import { type Export, exportFileKey, ExportId, exportsPerDay } from "./export.ts"
import { ExportFiles, Exports } from "./export-ports.ts"

/** As many exports as a list shows. */
const listed = 100

const add = Effect.fnUntraced(function* (actor: InSession, id: ExportId, at: DateTime.Utc) {
  yield* (yield* Exports).add(id, actor.userId, at, { limit: exportsPerDay, since: DateTime.subtract(at, { days: 1 }) })
  yield* (yield* Outbox).append([exportRequested(id, actor.userId, contextOf(actor))])
})

/** Asks for an export of everything Veza holds about the caller; a worker makes it (10-accounts, "Export"). */
export const requestExport = Effect.fn("accounts.requestExport")(function* (actor: InSession) {
  const id = ExportId.make(yield* (yield* Ids).entity)
  yield* (yield* Transaction).atomically(add(actor, id, yield* DateTime.now))
  return { id, status: "pending" as const }
})

/** An export whose time is over is expired, whether or not the job has come by. */
const asOf = (at: DateTime.Utc, found: Export): Export =>
  found.status === "ready" && found.expiresAt !== null && DateTime.isLessThanOrEqualTo(found.expiresAt, at)
    ? { ...found, status: "expired" }
    : found

/** The caller's exports, newest first. */
export const listExports = Effect.fnUntraced(function* (actor: InSession) {
  const at = yield* DateTime.now
  const found = yield* (yield* Exports).of(actor.userId, listed)
  return found.map((one) => asOf(at, one))
})

/** The file of a finished export of the caller's, open for reading as long as the scope lives. */
export const openExport = Effect.fnUntraced(function* (actor: InSession, id: ExportId) {
  const stored = Option.getOrUndefined(yield* (yield* Exports).byId(id))
  if (stored === undefined || stored.userId !== actor.userId) return yield* new ExportNotFound()
  const found = asOf(yield* DateTime.now, stored)
  if (found.status === "expired") return yield* new ExportExpired()
  if (found.status !== "ready") return yield* new ExportNotReady({ status: found.status })
  const key = exportFileKey(id, found.attempts)
  const file = yield* (yield* ExportFiles).open(key)
  if (Option.isNone(file)) return yield* new ExportExpired()
  return { key, file: file.value }
})
