import { Duration, Effect, Layer } from "effect"
import { dependencies } from "@veza/adapters/composition"
import type { Settings } from "@veza/adapters/config"
import { Database } from "@veza/adapters/postgres"
import { type DependencyState, Health } from "./koa/services.ts"

/** Takes the time of an answer; a failure of any kind is "down", with no detail that outsiders could use. */
const stateOf = (
  name: string,
  required: boolean,
  probe: Effect.Effect<unknown, unknown>
): Effect.Effect<DependencyState> =>
  Effect.matchCause(Effect.timed(probe), {
    onFailure: () => ({ name, up: false, required, latency: null }),
    onSuccess: ([elapsed]) => ({
      name,
      up: true,
      required,
      latency: Math.round(Duration.toMillis(elapsed) * 100) / 100
    })
  })

/** Health of this process; `accepting` turns false when its shutdown begins. */
export const health = (settings: Settings, version: string, accepting: () => boolean) =>
  Layer.effect(
    Health,
    Effect.gen(function* () {
      const database = yield* Database
      const started = performance.now()
      const checks = dependencies(settings).map(({ name, required, probe }) =>
        stateOf(name, required, Effect.provideService(probe, Database, database))
      )
      return Health.of({
        // However many ask, each thing is asked once a second.
        dependencies: yield* Effect.cachedWithTTL(Effect.all(checks, { concurrency: "unbounded" }), "1 second"),
        accepting,
        version,
        uptime: () => Math.round((performance.now() - started) / 1000)
      })
    })
  )
