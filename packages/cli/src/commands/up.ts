import { resolve } from "node:path"
import { Console, Data, Duration, Effect, Redacted } from "effect"
import { Command } from "effect/cli"
import { pingClamav } from "@veza/adapters/clamav"
import { adapters, clamavAddress } from "@veza/adapters/composition"
import { AppSettings, type Settings, settingsLayer } from "@veza/adapters/config"
import { findFfmpeg } from "@veza/adapters/media"
import { startBlock } from "../up/block.ts"
import { embeddedServer } from "../up/embedded.ts"
import { ensureFree } from "../up/ports.ts"
import { runProcess, watch } from "../up/processes.ts"
import { seedAll } from "./seed.ts"

export class UpRefused extends Data.TaggedError("UpRefused")<{ readonly message: string }> {}

const untilInterrupted = Effect.callback<void>((resume) => {
  const done = () => resume(Effect.void)
  process.once("SIGINT", done).once("SIGTERM", done)
})

const isReady = (url: string) =>
  Effect.flatMap(
    Effect.tryPromise((signal) => fetch(`${url}/readyz`, { signal })),
    (response) => (response.ok ? Effect.void : Effect.fail("not ready"))
  )

const untilReady = (url: string) =>
  Effect.eventually(Effect.tapError(isReady(url), () => Effect.sleep("100 millis"))).pipe(Effect.timeout("60 seconds"))

/** Migrations run with the first layer that is built; the sample data follows. */
const prepare = Effect.fnUntraced(function* (settings: Settings) {
  yield* Effect.provide(seedAll(settings, false), adapters(settings, "veza-up"))
})

const start = Effect.fnUntraced(function* (settings: Settings) {
  yield* ensureFree(settings.APP_PORT, "APP_PORT")
  yield* ensureFree(settings.WORKER_PORT, "WORKER_PORT")
  const hasSandbox = settings.PAYMENT_PROVIDER === "sandbox"
  const hasStores = settings.DISTRIBUTOR === "sandbox"
  if (hasStores) yield* ensureFree(settings.STORES_SANDBOX_PORT, "STORES_SANDBOX_PORT")
  if (hasSandbox) yield* ensureFree(settings.PAYMENT_SANDBOX_PORT, "PAYMENT_SANDBOX_PORT")
  yield* Console.error(`  Preparing ${resolve(settings.VEZA_HOME)} …`)
  const databaseUrl = settings.DATABASE_URL ?? Redacted.make((yield* embeddedServer(settings)).url)
  const ready = { ...settings, DATABASE_URL: databaseUrl }
  yield* prepare(ready)
  const environment = { APP_ENV: settings.APP_ENV, DATABASE_URL: Redacted.value(databaseUrl) }
  const api = yield* runProcess("api", environment)
  const worker = yield* runProcess("worker", environment)
  const others = hasSandbox ? watch("payment sandbox", yield* runProcess("payment sandbox", environment)) : Effect.never
  const stores = hasStores ? watch("sandbox stores", yield* runProcess("sandbox stores", environment)) : Effect.never
  const url = `http://localhost:${settings.APP_PORT}`
  const failed = Effect.raceAllFirst([watch("api", api), watch("worker", worker), others, stores])
  yield* Effect.raceFirst(untilReady(url), failed)
  const ffmpeg = yield* Effect.promise(() => findFfmpeg(settings.FFMPEG_PATH))
  const scanner = yield* Effect.exit(Effect.timeout(pingClamav(clamavAddress(settings)), Duration.seconds(1)))
  yield* Console.log(
    startBlock({
      url,
      home: resolve(settings.VEZA_HOME),
      hasFfmpeg: ffmpeg !== undefined,
      hasScanner: scanner._tag === "Success",
      hasStores,
      paymentSandbox: hasSandbox ? `http://localhost:${settings.PAYMENT_SANDBOX_PORT}` : undefined
    })
  )
  yield* Effect.raceFirst(untilInterrupted, failed)
  yield* Console.error("\n  Stopping …")
})

const run = Effect.fnUntraced(function* () {
  const settings = yield* AppSettings
  if (settings.APP_ENV !== "development") {
    return yield* new UpRefused({
      message: `\`veza up\` is the start for development; with APP_ENV=${settings.APP_ENV} run veza-api and veza-worker.`
    })
  }
  yield* Effect.scoped(start(settings))
}, Effect.provide(settingsLayer))

export const up = Command.make("up", {}, run).pipe(
  Command.withDescription("Run the whole product on embedded defaults (development)")
)
