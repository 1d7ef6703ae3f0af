import { Context, Effect, Option } from "effect"
import { type LogContext, productVersion, runProcess } from "@veza/adapters/process"
import { serveApi } from "./host.ts"
import { Exchange } from "./koa/exchange.ts"

/** Lines that a request causes carry its id (00-conventions, "X-Request-Id"). */
const ofRequest: LogContext = (services) =>
  Option.match(Context.getOption(services, Exchange), {
    onNone: () => ({}),
    onSome: (ctx) => ({ request_id: ctx.state.requestId })
  })

runProcess(
  "api",
  (settings, log) =>
    Effect.flatMap(serveApi(settings, productVersion, log), ({ port }) =>
      Effect.logInfo(`listening on http://localhost:${port}`, { port })
    ),
  ofRequest
)
