import { Server } from "node:http"
import { Data, Duration, Effect } from "effect"
import type Koa from "koa"
import type { ExchangeState } from "./exchange.ts"

/** The port cannot be listened on; the message is for the operator. */
export class ListenFailed extends Data.TaggedError("ListenFailed")<{ readonly message: string }> {}

const reason = (error: NodeJS.ErrnoException, port: number): string => {
  if (error.code === "EADDRINUSE") return `Port ${port} is in use: stop what uses it, or choose another with APP_PORT.`
  if (error.code === "EACCES")
    return `Port ${port} needs rights this user does not have: choose one above 1023 with APP_PORT.`
  return `Port ${port} cannot be listened on: ${error.message}.`
}

/** Listens until the scope closes; then takes nothing new, lets what is under way end within `drain`, and closes. */
export const listen = (
  app: Koa<ExchangeState>,
  options: { readonly port: number; readonly drain: Duration.Duration }
) =>
  Effect.acquireRelease(
    Effect.callback<Server, ListenFailed>((resume) => {
      const server = new Server(
        { keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 1_800_000 },
        app.callback()
      )
      server.once("error", (error) => resume(Effect.fail(new ListenFailed({ message: reason(error, options.port) }))))
      server.listen(options.port, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        // A connection that is kept alive turns idle only after its last answer.
        const timer = setInterval(() => server.closeIdleConnections(), 100)
        server.close(() => {
          clearInterval(timer)
          resume(Effect.void)
        })
        return Effect.sync(() => clearInterval(timer))
      }).pipe(Effect.timeoutOption(options.drain), Effect.andThen(Effect.sync(() => server.closeAllConnections())))
  )
