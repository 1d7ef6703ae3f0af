import { Data, DateTime, Effect, Exit, Option, Result } from "effect"
import { Outbox, systemContext, Transaction } from "../kernel/index.ts"
import { type Progress, readLines, refusalOf } from "./check-statement.ts"
import { ImportLost } from "./errors.ts"
import { imported, importFailed, importRefused } from "./events.ts"
import { RoyaltyImports, StatementFiles, StatementReader, type StatementTable } from "./ports.ts"
import type { StatementFault } from "./read-line.ts"
import { matchRecordings } from "./settle.ts"
import { type ClaimedImport, type ImportId, maxImportAttempts, type Refusal } from "./statement.ts"

/** A dead worker's import waits this long; a living one holds on to it in time, and tells how far it has come. */
const holdFor = { seconds: 30 } as const
const tellEvery = "1 second"

/** How an attempt ended. `lost`: it was no longer ours. */
export interface ImportReport {
  readonly id: ImportId
  readonly outcome: "imported" | "refused" | "failed" | "lost"
  readonly rows: number
  readonly faults: number
}

interface Refused {
  readonly refusal: Refusal
  readonly layout: string | null
  readonly rowsRead: number
  readonly faultCount: number
  readonly faults: ReadonlyArray<StatementFault>
}

/** Ends, with a failure, when the import is no longer this attempt's. */
const keepHold = Effect.fnUntraced(function* (claimed: ClaimedImport, progress: Progress) {
  const imports = yield* RoyaltyImports
  // A database that does not answer takes nothing away; whose the import is, is decided when it is finished.
  const hold = Effect.flatMap(DateTime.now, (now) =>
    Effect.catchDefect(imports.hold(claimed, DateTime.add(now, holdFor), { ...progress }), () => Effect.succeed(true))
  )
  do yield* Effect.sleep(tellEvery)
  while (yield* hold)
  return yield* new ImportLost()
})

/** Some line is faulty: which ones are is found out when the transaction is over. */
class Faulty extends Data.TaggedError("Faulty") {}

/** Everything of a file or nothing: a refusal is a failure, which undoes what was written before it. */
const writeAll = Effect.fnUntraced(function* (claimed: ClaimedImport, table: StatementTable, progress: Progress) {
  const imports = yield* RoyaltyImports
  const reading = yield* readLines(table, progress, (lines, faultCount) =>
    faultCount > 0 ? Effect.fail(new Faulty()) : imports.write(claimed.id, lines)
  )
  const refusal = refusalOf(reading)
  if (refusal !== undefined) return yield* Effect.fail<Refused>({ ...reading, refusal })
  const made = { layout: reading.layout, rowsRead: reading.rowsRead, at: yield* DateTime.now }
  if (!(yield* imports.finish(claimed, made))) return yield* new ImportLost()
  yield* (yield* Outbox).append([imported(claimed.id, reading.rowsRead, systemContext)])
  return reading.rowsRead
})

/** Finds every fault of a file: outside of a transaction, which the database would not keep open that long for nothing. */
const findFaults = Effect.fnUntraced(function* (table: StatementTable, progress: Progress) {
  const reading = yield* readLines(table, progress, () => Effect.void)
  return yield* Effect.fail<Refused>({ ...reading, refusal: refusalOf(reading) ?? "LINES_FAULTY" })
})

const refuse = Effect.fnUntraced(function* (claimed: ClaimedImport, why: Refused) {
  if (!(yield* (yield* RoyaltyImports).refuse(claimed, { ...why, at: yield* DateTime.now }))) return false
  yield* (yield* Outbox).append([importRefused(claimed.id, why.refusal, why.faultCount, systemContext)])
  return true
})

const giveUp = Effect.fnUntraced(function* (claimed: ClaimedImport) {
  if (!(yield* (yield* RoyaltyImports).fail(claimed, yield* DateTime.now))) return false
  yield* (yield* Outbox).append([importFailed(claimed.id, systemContext)])
  return true
})

const readAndWrite = Effect.fnUntraced(function* (claimed: ClaimedImport, progress: Progress) {
  const source = Option.getOrUndefined(yield* (yield* StatementFiles).open(claimed.id))
  if (source === undefined) return undefined
  const found = yield* Effect.result((yield* StatementReader).read(source))
  if (Result.isFailure(found)) {
    const nothing = { layout: null, rowsRead: 0, faultCount: 0, faults: [] }
    return yield* Effect.fail<Refused>({ ...nothing, refusal: found.failure.refusal })
  }
  const { atomically } = yield* Transaction
  return yield* Effect.catchTag(atomically(writeAll(claimed, found.success, progress)), "Faulty", () =>
    findFaults(found.success, progress)
  )
})

/** What cannot be credited now is found by the job: the import is in all the same. */
const credit = (id: ImportId) =>
  Effect.catchDefect(matchRecordings(id), (defect) =>
    Effect.logWarning("the earnings of a statement are credited later", { import_id: id }, defect)
  )

const attempt = Effect.fnUntraced(function* (claimed: ClaimedImport, progress: Progress) {
  const { atomically } = yield* Transaction
  const report = (outcome: ImportReport["outcome"], rows = progress.rowsRead, faults = 0): ImportReport => ({
    id: claimed.id,
    outcome,
    rows,
    faults
  })
  const failed = Effect.map(atomically(giveUp(claimed)), (done) => report(done ? "failed" : "lost", 0))
  if (claimed.attempts > maxImportAttempts) return yield* failed
  const held = Effect.raceFirst(readAndWrite(claimed, progress), keepHold(claimed, progress))
  const result = yield* Effect.result(held)
  if (Result.isSuccess(result)) {
    // Without its file an import can come to nothing.
    if (result.success === undefined) return yield* failed
    yield* credit(claimed.id)
    return report("imported", result.success)
  }
  if ("_tag" in result.failure) {
    // It may have been ours to the end: who holds on can hear of that before the transaction does.
    const now = Option.getOrUndefined(yield* (yield* RoyaltyImports).byId(claimed.id))
    const isOurs = now?.status === "imported" && now.attempts === claimed.attempts
    if (isOurs) yield* credit(claimed.id)
    return report(isOurs ? "imported" : "lost")
  }
  const why = result.failure
  const done = yield* atomically(refuse(claimed, why))
  return report(done ? "refused" : "lost", why.rowsRead, why.faultCount)
})

/**
 * Imports the statement that has waited longest, or this one; undefined when none waits. Whoever imports holds a lease:
 * a killed worker's transaction is undone by the database, and the import begins again from the beginning of its file.
 */
export const runImport = Effect.fn("royalties.runImport")(function* (
  only?: ImportId,
  progress: Progress = { bytesRead: 0, rowsRead: 0 }
) {
  const imports = yield* RoyaltyImports
  const now = yield* DateTime.now
  const claimed = Option.getOrUndefined(yield* imports.claim(only, now, DateTime.add(now, holdFor)))
  if (claimed === undefined) return undefined
  const report = yield* Effect.onExit(attempt(claimed, progress), (exit) =>
    Exit.isSuccess(exit) ? Effect.void : imports.release(claimed)
  )
  if (report.outcome !== "lost") yield* (yield* StatementFiles).remove(claimed.id)
  return report
})

/** Uploads end within hours; what is older and no import needs was left by a process that died. */
const leftAfter = { hours: 24 } as const

/** Job: removes files of statements that no import needs any more; answers how many. */
export const sweepStatements = Effect.fn("royalties.sweepStatements")(function* () {
  const files = yield* StatementFiles
  const old = yield* files.old(DateTime.subtract(yield* DateTime.now, leftAfter))
  const needed = yield* (yield* RoyaltyImports).waiting(old)
  const left = old.filter((id) => !needed.has(id))
  yield* Effect.forEach(left, files.remove, { discard: true })
  return left.length
})
