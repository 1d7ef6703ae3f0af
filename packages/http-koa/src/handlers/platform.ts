import { Effect } from "effect"
import { maintenanceStatus, MaintenanceMode, setMaintenance } from "@veza/domain/platform"
import { SignedInActor } from "../contract/actors.ts"
import type { Api } from "../contract/api.ts"
import { Exchange } from "../koa/exchange.ts"
import type { HandlersOf } from "../koa/interpreter.ts"
import { Health, type Services } from "../koa/services.ts"

type Handlers = HandlersOf<typeof Api, Services>

const alive = () => Effect.succeed({ status: "ok" as const })

const readyz: Handlers["health"]["readyz"] = Effect.fnUntraced(function* () {
  const health = yield* Health
  const dependencies = health.accepting() ? yield* health.dependencies : []
  const down = health.accepting()
    ? dependencies.filter(({ required, up }) => required && !up).map(({ name }) => name)
    : ["shutting down"]
  if (down.length > 0) (yield* Exchange).status = 503
  return { ready: down.length === 0, down }
})

const status: Handlers["health"]["status"] = Effect.fnUntraced(function* () {
  const health = yield* Health
  const dependencies = yield* health.dependencies
  return {
    status: dependencies.every(({ up }) => up) ? ("ok" as const) : ("degraded" as const),
    version: health.version,
    uptime: health.uptime(),
    maintenance: (yield* MaintenanceMode).read().on,
    dependencies
  }
})

const maintenance: Handlers["admin"]["maintenance"] = Effect.fnUntraced(function* () {
  const state = yield* maintenanceStatus(yield* SignedInActor)
  return { maintenance: state.on, source: state.source }
})

/** Answers what was written; a process that MAINTENANCE_MODE holds says so and stays as it is. */
const putMaintenance: Handlers["admin"]["setMaintenance"] = Effect.fnUntraced(function* ({ payload }) {
  yield* setMaintenance(yield* SignedInActor, payload.maintenance)
  const { on, source } = (yield* MaintenanceMode).read()
  return source === "env" ? { maintenance: on, source } : { maintenance: payload.maintenance, source }
})

export const health: Handlers["health"] = { health: alive, healthz: alive, readyz, status }
export const admin: Handlers["admin"] = { maintenance, setMaintenance: putMaintenance }
