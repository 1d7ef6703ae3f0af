import { Duration, Effect, Latch, Metric } from "effect"
import { Changes } from "@veza/domain/kernel"
import { type ImportReport, importsTopic, runImport } from "@veza/domain/royalties"

/** Imports that a dead worker held are found without news after so long. */
const lookEvery = Duration.seconds(15)
const pauseAfterFault = Duration.seconds(5)

const imports = Metric.counter("veza_royalty_imports_total", {
  description: "Attempts at importing a statement of royalties, by outcome",
  incremental: true
})
const lines = Metric.counter("veza_royalty_lines_total", {
  description: "Lines of statements that were imported",
  incremental: true
})
const durations = Metric.histogram("veza_royalty_import_duration_seconds", {
  description: "How long those attempts take",
  boundaries: [0.1, 1, 10, 60, 300, 1800]
})

const tell = ({ id, outcome, rows, faults }: ImportReport): Effect.Effect<void> => {
  const about = { import_id: id, outcome, rows, faults }
  return outcome === "failed"
    ? Effect.logError("a statement of royalties could not be imported", about)
    : Effect.logInfo("royalty import", about)
}

/** Imports one statement; false when none waits. */
const importOne = Effect.fnUntraced(function* () {
  const [elapsed, report] = yield* Effect.timed(runImport())
  if (report === undefined) return false
  yield* Metric.update(Metric.withAttributes(imports, { outcome: report.outcome }), 1)
  yield* Metric.update(durations, Duration.toSeconds(elapsed))
  if (report.outcome === "imported") yield* Metric.update(lines, report.rows)
  yield* tell(report)
  return true
})

const importAll = Effect.fnUntraced(function* (news: Latch.Latch) {
  // Closed before looking: what is announced meanwhile opens it again.
  yield* news.close
  while (yield* importOne());
  yield* Effect.timeoutOption(news.await, lookEvery)
})

/** Imports statements until interrupted, one at a time in each worker, as soon as they come. */
export const royaltyImports = Effect.fnUntraced(function* () {
  const news = Latch.makeUnsafe(false)
  yield* (yield* Changes).follow(importsTopic, () => {
    news.openUnsafe()
  })
  return yield* Effect.forever(
    Effect.catchCause(importAll(news), (cause) =>
      Effect.andThen(
        Effect.logError("statements of royalties cannot be imported", cause),
        Effect.sleep(pauseAfterFault)
      )
    )
  )
}, Effect.scoped)
