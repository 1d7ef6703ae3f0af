import { DateTime, Effect, Option } from "effect"
import { type EventContext, Outbox, Transaction } from "../kernel/index.ts"
import { ExportHeld } from "./data-errors.ts"
import { exportFailed, exportReady, mailRequested } from "./events.ts"
import {
  type Export,
  exportFileKey,
  exportFileKeys,
  type ExportId,
  exportLifetime,
  exportReadme,
  maxExportAttempts
} from "./export.ts"
import { ExportArchiver, ExportFiles, Exports } from "./export-ports.ts"
import { PersonalData } from "./personal-data.ts"
import { Users } from "./ports.ts"
import type { User } from "./user.ts"

/** A dead worker's export waits this long, in seconds; a living one holds on to it in time. */
const holdFor = { seconds: 30 } as const
const holdAgainEvery = "10 seconds"

/** Ends, with a failure, when the export is no longer this attempt's. */
const keepHold = Effect.fnUntraced(function* ({ id, attempts }: Export) {
  const exports = yield* Exports
  do yield* Effect.sleep(holdAgainEvery)
  while (yield* exports.hold(id, attempts, DateTime.add(yield* DateTime.now, holdFor)))
  return yield* new ExportHeld()
})

const removeFiles = (keys: ReadonlyArray<string>) =>
  Effect.flatMap(ExportFiles, (files) => Effect.forEach(keys, files.remove, { discard: true }))

const write = Effect.fnUntraced(function* (key: string, user: User) {
  const sections = yield* PersonalData
  const readme = exportReadme(user.username, DateTime.formatIso(yield* DateTime.now), sections)
  const archive = (yield* ExportArchiver).pack({ readme, userId: user.id, sections })
  return yield* (yield* ExportFiles).write(key, archive)
})

const finish = Effect.fnUntraced(function* (claimed: Export, user: User, sizeBytes: number, context: EventContext) {
  const at = yield* DateTime.now
  const expiresAt = DateTime.add(at, exportLifetime)
  if (!(yield* (yield* Exports).finish(claimed.id, claimed.attempts, { sizeBytes, at, expiresAt }))) return false
  yield* (yield* Outbox).append([
    exportReady(claimed.id, user.id, context),
    mailRequested(
      user.id,
      { template: "export_ready", to: user.email, username: user.username, exportId: claimed.id },
      context
    )
  ])
  return true
})

const giveUp = Effect.fnUntraced(function* (claimed: Export, context: EventContext) {
  if (!(yield* (yield* Exports).fail(claimed.id, claimed.attempts))) return
  yield* (yield* Outbox).append([exportFailed(claimed.id, claimed.userId, context)])
})

const make = Effect.fnUntraced(function* (claimed: Export, context: EventContext) {
  yield* removeFiles(exportFileKeys({ ...claimed, attempts: claimed.attempts - 1 }))
  const user = Option.getOrUndefined(yield* (yield* Users).byId(claimed.userId))
  if (user === undefined || !user.isActive) return
  const key = exportFileKey(claimed.id, claimed.attempts)
  const sizeBytes = yield* Effect.raceFirst(write(key, user), keepHold(claimed))
  const finished = yield* (yield* Transaction).atomically(finish(claimed, user, sizeBytes, context))
  if (!finished) yield* removeFiles([key])
})

/**
 * Makes an export that was asked for and mails its owner (10-accounts, "Export"). Whoever makes it holds a lease, so a
 * killed worker's export is made again from the beginning, under another key: no half file is ever offered. Harmless to
 * repeat. After `maxExportAttempts` it is `failed`, and may be asked for again.
 */
export const buildExport = Effect.fn("accounts.buildExport")(function* (id: ExportId, context: EventContext) {
  const exports = yield* Exports
  const now = yield* DateTime.now
  const claimed = Option.getOrUndefined(yield* exports.claim(id, now, DateTime.add(now, holdFor)))
  if (claimed === undefined) {
    const found = Option.getOrUndefined(yield* exports.byId(id))
    return found?.status === "pending" ? yield* new ExportHeld() : undefined
  }
  const { atomically } = yield* Transaction
  if (claimed.attempts > maxExportAttempts) return yield* atomically(giveUp(claimed, context))
  yield* make(claimed, context).pipe(
    Effect.onExit((exit) => (exit._tag === "Success" ? Effect.void : exports.release(id, claimed.attempts)))
  )
})
