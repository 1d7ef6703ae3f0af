import { Console, Data, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { sandboxSettings, storesSettings } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { startSandboxStores } from "@veza/adapters/distributor"
import { startPaymentSandbox } from "@veza/adapters/payment-sandbox"

/** A sandbox could not be started; the message is for whoever did. */
export class SandboxRefused extends Data.TaggedError("SandboxRefused")<{ readonly message: string }> {}

/** `veza up` holds a channel to its processes: when it dies, however it dies, they end too. */
const untilEnded = Effect.callback<void>((resume) => {
  const done = () => resume(Effect.void)
  process.once("SIGINT", done).once("SIGTERM", done).once("disconnect", done)
})

const serve = Effect.fnUntraced(function* (webhook: string | undefined) {
  const settings = yield* AppSettings
  if (!settings.relaxed) {
    return yield* new SandboxRefused({
      message: `The payment sandbox is for development and test; it is refused with APP_ENV=${settings.APP_ENV}.`
    })
  }
  const own = yield* sandboxSettings(settings)
  const { url } = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => startPaymentSandbox({ ...own, webhookUrls: webhook === undefined ? own.webhookUrls : [webhook] }),
      catch: (error) =>
        new SandboxRefused({
          message: `The payment sandbox could not be started on port ${own.port} (PAYMENT_SANDBOX_PORT): ${error instanceof Error ? error.message : String(error)}`
        })
    }),
    (sandbox) => Effect.promise(sandbox.stop)
  )
  yield* Console.error(`  The payment sandbox is at ${url}`)
  yield* untilEnded
}, Effect.scoped)

const payments = Command.make(
  "payments",
  {
    webhook: Flag.String("webhook").pipe(
      Flag.withDescription("Where events are posted, if not to the API on APP_PORT of this machine"),
      Flag.optional
    )
  },
  ({ webhook }) => Effect.provide(serve(webhook._tag === "Some" ? webhook.value : undefined), settingsLayer)
).pipe(
  Command.withDescription(
    "Run the payment provider of development: it has a page to pay on, and moves no money. `veza up` runs it too"
  )
)

const serveStores = Effect.fnUntraced(function* () {
  const settings = yield* AppSettings
  if (!settings.relaxed) {
    return yield* new SandboxRefused({
      message: `The sandbox stores are for development and test; they are refused with APP_ENV=${settings.APP_ENV}.`
    })
  }
  const own = yield* storesSettings(settings)
  const { url } = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => startSandboxStores(own),
      catch: (error) =>
        new SandboxRefused({
          message: `The sandbox stores could not be started on port ${own.port} (STORES_SANDBOX_PORT): ${error instanceof Error ? error.message : String(error)}`
        })
    }),
    ({ close }) => Effect.promise(close)
  )
  yield* Console.error(`  The sandbox stores are at ${url}`)
  yield* untilEnded
}, Effect.scoped)

const stores = Command.make("stores", {}, () => Effect.provide(serveStores(), settingsLayer)).pipe(
  Command.withDescription("Run the stores of development: they take releases and sell nothing. `veza up` runs them too")
)

export const sandbox = Command.make("sandbox").pipe(
  Command.withDescription("Run stand-ins for what is outside (development and test)"),
  Command.withSubcommands([payments, stores])
)
