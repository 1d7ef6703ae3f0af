// First, so that every schema of the process is compiled at its first use instead of interpreted.
import "effect/schema/SchemaJITCompiler/enable"
import { createRequire } from "node:module"
import { Cause, Effect, Exit, Layer, Logger, type Scope } from "effect"
import type { Logger as Pino } from "pino"
import { AppSettings, configurationExitCode, InvalidConfiguration, type Settings, settingsLayer } from "./config.ts"
import { type LogContext, makePino, pinoLogger } from "./observability/logger.ts"
import { processMetrics } from "./observability/process-metrics.ts"

export type { LogContext } from "./observability/logger.ts"

/** The version of the product, from its package. */
export const productVersion: string = createRequire(import.meta.url)("@veza/adapters/package.json").version

/** Errors that speak for themselves: one sentence for the operator instead of a stack. */
export const sentenceOf = (cause: Cause.Cause<unknown>): string | undefined => {
  const error = Cause.squash(cause)
  if (!(error instanceof Error) || !("_tag" in error)) return undefined
  if (error._tag === "DatabaseUnavailable") {
    return "The database cannot be reached: check DATABASE_URL and that the server runs."
  }
  return error.message === "" ? undefined : error.message
}

const exitCodeOf = (cause: Cause.Cause<unknown>): number =>
  Cause.squash(cause) instanceof InvalidConfiguration ? configurationExitCode : 1

const untilSignal = Effect.callback<NodeJS.Signals>((resume) => {
  const onSignal = (signal: NodeJS.Signals) => resume(Effect.succeed(signal))
  process.once("SIGTERM", onSignal).once("SIGINT", onSignal)
  // `veza up` holds a channel to its processes: when it dies, however it dies, they end too.
  process.once("disconnect", () => onSignal("SIGTERM"))
})

/**
 * Runs a server process: settings, log, the work, then waiting for SIGTERM or SIGINT, then an orderly end. A second
 * signal ends at once. `about` says what log lines tell of the fiber that writes them. Exit codes: 0 after a signal, 78
 * for a faulty configuration, 1 for everything else.
 */
export const runProcess = (
  name: string,
  serve: (settings: Settings, log: Pino) => Effect.Effect<void, unknown, Scope.Scope>,
  about: LogContext = () => ({})
): void => {
  const program = Effect.gen(function* () {
    const settings = yield* AppSettings
    const log = makePino({ level: settings.LOG_LEVEL, pretty: settings.APP_ENV === "development", process: name })
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Layer.build(processMetrics)
        yield* serve(settings, log)
        const signal = yield* untilSignal
        const endAtOnce = () => {
          log.flush()
          process.exit(130)
        }
        process.once("SIGTERM", endAtOnce).once("SIGINT", endAtOnce)
        yield* Effect.logInfo("shutting down", { signal })
      })
    ).pipe(Effect.provide(Logger.layer([pinoLogger(log, about)])), Effect.ensuring(Effect.sync(() => log.flush())))
  }).pipe(Effect.provide(settingsLayer))

  Effect.runCallback(program, {
    onExit: (exit) => {
      if (Exit.isSuccess(exit)) return process.exit(0)
      process.stderr.write(`${sentenceOf(exit.cause) ?? Cause.pretty(exit.cause)}\n`)
      process.exit(exitCodeOf(exit.cause))
    }
  })
}
