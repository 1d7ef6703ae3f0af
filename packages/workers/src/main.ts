import { Effect } from "effect"
import { runProcess } from "@veza/adapters/process"
import { runWorker } from "./worker.ts"

runProcess("worker", (settings) =>
  Effect.andThen(runWorker(settings), Effect.logInfo("working", { port: settings.WORKER_PORT }))
)
