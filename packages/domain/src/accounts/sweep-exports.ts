import { DateTime, Effect } from "effect"
import type { UserId } from "../kernel/index.ts"
import { type Export, exportFileKeys } from "./export.ts"
import { ExportFiles, Exports } from "./export-ports.ts"

/** At most this many exports are cleaned up in one go. */
const batch = 200
/** Past this nobody makes a pending export any more: the event that asked for it was put aside. */
const patience = { days: 1 } as const
/** How long the row of an export that has ended is kept, for its owner's list. */
const memory = { days: 90 } as const

const cleanUp = Effect.fnUntraced(function* (ended: Export, at: DateTime.Utc) {
  const files = yield* ExportFiles
  yield* Effect.forEach(exportFileKeys(ended), files.remove, { discard: true })
  yield* (yield* Exports).markCleaned(ended.id, at)
})

/** Removes the files of ended exports, of one owner or of all; answers how many exports those were. */
export const cleanUpExports = Effect.fnUntraced(function* (owner: UserId | undefined) {
  const at = yield* DateTime.now
  const ended = yield* (yield* Exports).uncleaned(owner, at, batch)
  yield* Effect.forEach(ended, (one) => cleanUp(one, at), { discard: true })
  return ended.length
})

/** Job: ends exports whose time is over and removes their files; answers how many were dealt with. */
export const sweepExports = Effect.fn("accounts.sweepExports")(function* () {
  const exports = yield* Exports
  const at = yield* DateTime.now
  const expired = yield* exports.expire(at)
  const abandoned = yield* exports.abandon(DateTime.subtract(at, patience), at)
  yield* exports.forget(DateTime.subtract(at, memory))
  return expired + abandoned + (yield* cleanUpExports(undefined))
})
