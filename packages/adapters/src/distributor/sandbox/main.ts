import { Data, Duration, Effect } from "effect"
import { runProcess } from "../../process.ts"
import { startSandboxStores } from "./server.ts"

class StoresRefused extends Data.TaggedError("StoresRefused")<{ readonly message: string }> {}

runProcess("stores", (settings) =>
  Effect.gen(function* () {
    if (!settings.relaxed) {
      return yield* new StoresRefused({
        message: `The sandbox stores are for development and test; they are refused with APP_ENV=${settings.APP_ENV}.`
      })
    }
    const running = yield* Effect.acquireRelease(
      Effect.promise(() =>
        startSandboxStores({
          port: settings.SANDBOX_STORES_PORT,
          secret: settings.DISTRIBUTION_SECRET,
          callbackUrl: settings.PUBLIC_URL,
          delay: Duration.toMillis(settings.SANDBOX_STORES_DELAY)
        })
      ),
      ({ close }) => Effect.promise(close)
    )
    yield* Effect.logInfo("the sandbox stores are open", { url: running.url })
  })
)
