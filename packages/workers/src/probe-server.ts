import { createServer, type Server } from "node:http"
import { Data, Effect, type Scope } from "effect"
import { PrometheusMetrics } from "effect/observability"

export class ProbePortTaken extends Data.TaggedError("ProbePortTaken")<{ readonly message: string }> {}

/** Answers `/healthz` and `/metrics` of a worker on WORKER_PORT until the scope closes. */
export const probeServer = (port: number): Effect.Effect<Server, ProbePortTaken, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Server, ProbePortTaken>((resume) => {
      const server = createServer((request, response) => {
        if (request.url === "/healthz") response.end('{"success":true,"data":{"status":"ok"},"error":null}')
        else if (request.url === "/metrics") {
          response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
          Effect.runCallback(PrometheusMetrics.format(), {
            onExit: (exit) => response.end(exit._tag === "Success" ? exit.value : "")
          })
        } else response.writeHead(404).end()
      })
      server.once("error", () =>
        resume(
          Effect.fail(
            new ProbePortTaken({ message: `Port ${port} is in use: choose another for the worker with WORKER_PORT.` })
          )
        )
      )
      server.listen(port, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
