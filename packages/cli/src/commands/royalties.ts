import { access, constants } from "node:fs/promises"
import { basename } from "node:path"
import { Data, Effect, Fiber, Layer, Option, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { royaltyPorts } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { fileSource, statementReader } from "@veza/adapters/statements"
import {
  type Check,
  checkStatement,
  type ImportId,
  importMachine,
  type Progress,
  readImportHere,
  Refusal,
  requestImportHere,
  runImport,
  type StatementFault,
  type StatementSource
} from "@veza/domain/royalties"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { clearProgress, drawProgress } from "../seed/progress.ts"

/** The message is for whoever called. */
class CannotImport extends Data.TaggedError("CannotImport")<{ readonly message: string }> {}

const services = Layer.unwrap(Effect.map(AppSettings, (settings) => royaltyPorts(settings, "veza-cli"))).pipe(
  Layer.provideMerge(settingsLayer)
)

const reasons: Readonly<Record<Refusal, string>> = {
  LINES_FAULTY: "some of its lines are faulty",
  LAYOUT_UNKNOWN: "no header of DistroKid, TuneCore or Spotify",
  ENCODING_UNKNOWN: "no text in UTF-8, marked UTF-16 or Latin-1",
  NO_LINES: "there is no line below its header",
  TOO_MANY_LINES: "it has too many lines"
}

/** Faults that are shown to people; scripts get all that were kept. */
const shownFaults = 20

/** A statement says what it likes: nothing of it may steer a terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, "\ufffd")

const faultLine = ({ line, column, code, value }: StatementFault): string => {
  const where = column === null ? `line ${line}` : `line ${line}, ${column}`
  const text = printable(`  ${where}: ${code}${value === null ? "" : ` “${value}”`}`)
  return [...text].slice(0, 80).join("")
}

const refusalLines = (refusal: Refusal, count: number, faults: ReadonlyArray<StatementFault>) => [
  `Refused, nothing is imported: ${reasons[refusal]}.`,
  ...faults.slice(0, shownFaults).map(faultLine),
  ...(count > shownFaults ? [`  and ${count - shownFaults} more faults; --json lists the first 1000`] : [])
]

const megabyte = 1024 * 1024
/** It is never all there as long as it is drawn: when everything was read, the database still sums it up. */
const drawn = (progress: Progress, total: number) => {
  const all = Math.max(1, Math.ceil(total / megabyte))
  drawProgress(Math.min(all - 1, Math.floor(progress.bytesRead / megabyte)), all, `MB, ${progress.rowsRead} lines`)
}

/** Draws how far it has come, as long as the work takes. */
const watched = <A, E, R>(work: Effect.Effect<A, E, R>, progress: Progress, total: number) =>
  Effect.gen(function* () {
    const draw = Effect.sync(() => drawn(progress, total))
    const drawing = yield* Effect.forkChild(Effect.forever(Effect.andThen(draw, Effect.sleep("200 millis"))))
    return yield* Effect.ensuring(work, Effect.andThen(Fiber.interrupt(drawing), Effect.sync(clearProgress)))
  })

const sourceOf = Effect.fnUntraced(function* (path: string) {
  const source = yield* Effect.tryPromise({
    try: async () => {
      const found = await fileSource(path)
      if (found !== undefined) await access(path, constants.R_OK)
      return found
    },
    catch: () => new CannotImport({ message: `${path} cannot be read.` })
  })
  if (source === undefined) return yield* new CannotImport({ message: `There is no file ${path}.` })
  return source
})

const checkLines = (check: Check): ReadonlyArray<string> =>
  check.refusal === undefined
    ? [
        "Nothing was imported. An import would take in:",
        ...columns([
          ["layout", check.layout],
          ["lines", String(check.rowsRead)],
          ["months", [check.periods[0], check.periods.at(-1)].join(" to ")],
          ...check.totals.map(
            ({ currency, amount, quantity }) => [currency, `${amount} for ${quantity} units`] as const
          )
        ])
      ]
    : refusalLines(check.refusal, check.faultCount, check.faults)

const dryRun = Effect.fnUntraced(function* (source: StatementSource) {
  const progress: Progress = { bytesRead: 0, rowsRead: 0 }
  const check = yield* watched(checkStatement(source, progress), progress, source.sizeBytes).pipe(
    Effect.catchTag("StatementUnreadable", ({ refusal }) =>
      Effect.succeed<Check>({
        layout: "",
        rowsRead: 0,
        faultCount: 0,
        faults: [],
        refusal,
        totals: [],
        periods: []
      })
    )
  )
  const value = {
    dry_run: true,
    status: check.refusal === undefined ? "acceptable" : "refused",
    refusal: check.refusal ?? null,
    layout: check.layout === "" ? null : check.layout,
    lines: check.rowsRead,
    periods: check.periods,
    totals: check.totals.map(({ currency, amount, quantity }) => ({ currency, amount_exact: amount, quantity })),
    fault_count: check.faultCount,
    faults: check.faults
  }
  yield* print(yield* root, value, checkLines(check))
  if (check.refusal !== undefined) process.exitCode = 1
}, Effect.provide(statementReader))

type Told = Effect.Success<ReturnType<typeof readImportHere>>

const waitingLines = ({ isrcs, upcs }: Told["unmatched"]): ReadonlyArray<string> => [
  ...(isrcs > 0 ? ["Recordings wait until one with their ISRC is sent to a store."] : []),
  ...(upcs > 0
    ? [
        "Of what was sold as a whole (UPC) the statement names no track: nobody is",
        "credited with it. Settle it with the owner of the release yourself."
      ]
    : [])
]

const importedLines = (found: Told): ReadonlyArray<string> => [
  ...columns([
    ["import", found.id],
    ["layout", found.layout ?? ""],
    ["lines", String(found.rowsRead)],
    ["month of the statement", found.period ?? ""],
    ...found.totals.map(({ currency, amount }) => [currency, amount] as const),
    ["recordings nobody here has", String(found.unmatched.isrcs)],
    ["sold as a whole, by UPC", String(found.unmatched.upcs)]
  ]),
  ...waitingLines(found.unmatched)
]

const linesOf = (found: Told, isOld: boolean): ReadonlyArray<string> => {
  if (found.status === "imported") {
    return [isOld ? "This content was imported before; nothing was done." : "Imported.", ...importedLines(found)]
  }
  if (found.status === "refused") return refusalLines(found.refusal ?? "LINES_FAULTY", found.faultCount, found.faults)
  if (found.status === "failed") return [`Import ${found.id} failed; see the worker's log.`]
  return [`Import ${found.id} is not finished.`]
}

const tellOf = Effect.fnUntraced(function* (id: ImportId, isRepeated: boolean, isNew: boolean) {
  const found = yield* readImportHere(id).pipe(
    Effect.catchTag("RoyaltyImportNotFound", () => new CannotImport({ message: "The import is gone." }))
  )
  const value = {
    dry_run: false,
    id,
    is_repeated: isRepeated,
    status: found.status,
    refusal: found.refusal,
    layout: found.layout,
    lines: found.rowsRead,
    period: found.period,
    totals: found.totals.map(({ currency, amount, amountMinor }) => ({
      currency,
      amount_exact: amount,
      amount_minor: Number(amountMinor)
    })),
    unmatched: found.unmatched.isrcs + found.unmatched.upcs,
    unmatched_upcs: found.unmatched.upcs,
    fault_count: found.faultCount,
    faults: found.faults
  }
  yield* print(yield* root, value, linesOf(found, isRepeated && !isNew))
  if (found.status === "refused" || found.status === "failed") process.exitCode = 1
})

/**
 * Imports it here, unless somebody else has it: then waits for that one to end it, or to die of it. False when there was
 * nothing to do any more.
 */
const importHere = Effect.fnUntraced(function* (id: ImportId, progress: Progress) {
  for (let wasOpen = false; ; wasOpen = true) {
    const report = yield* runImport(id, progress)
    if (report !== undefined && report.outcome !== "lost") return true
    const found = yield* Effect.option(readImportHere(id))
    if (Option.isNone(found) || importMachine.isFinal(found.value.status)) return wasOpen
    progress.bytesRead = found.value.bytesRead
    progress.rowsRead = found.value.rowsRead
    yield* Effect.sleep("500 millis")
  }
})

const importFile = Effect.fnUntraced(function* (path: string, source: StatementSource) {
  const content = Stream.fromAsyncIterable(
    source.chunks(),
    () => new CannotImport({ message: `${path} cannot be read.` })
  )
  const { id, isRepeated } = yield* requestImportHere(basename(path).slice(0, 255), content).pipe(
    Effect.catchTag(
      "StatementTooLarge",
      () => new CannotImport({ message: "The file is larger than MAX_STATEMENT_SIZE allows." })
    )
  )
  const progress: Progress = { bytesRead: 0, rowsRead: 0 }
  const isNew = yield* watched(importHere(id, progress), progress, source.sizeBytes)
  yield* tellOf(id, isRepeated, isNew)
}, Effect.provide(services))

const run = Effect.fnUntraced(function* ({ file, dryRun: isDry }: { readonly file: string; readonly dryRun: boolean }) {
  const source = yield* sourceOf(file)
  yield* isDry ? dryRun(source) : importFile(file, source)
})

export const royalties = Command.make("royalties").pipe(
  Command.withDescription("Look after what recordings earn in stores"),
  Command.withSubcommands([
    Command.make(
      "import",
      {
        file: Argument.String("file").pipe(Argument.withDescription("A statement as the store sent it (CSV or TSV)")),
        dryRun: Flag.Boolean("dry-run").pipe(
          Flag.withDescription("Read the file and keep nothing; needs no database"),
          Flag.withDefault(false)
        )
      },
      run
    ).pipe(
      Command.withDescription(
        "Import a store's statement, all of it or nothing; content that was imported before is left alone. Exit code 1: the file is refused."
      )
    )
  ])
)
