import { Effect } from "effect"
import { productVersion, runProcess } from "@veza/adapters/process"
import { serveApi } from "./host.ts"

runProcess("api", (settings, log) =>
  Effect.flatMap(serveApi(settings, productVersion, log), ({ port }) =>
    Effect.logInfo(`listening on http://localhost:${port}`, { port })
  )
)
