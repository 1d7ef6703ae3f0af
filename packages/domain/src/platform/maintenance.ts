import { Context, Effect, Schema } from "effect"
import {
  type Actor,
  Changes,
  contextOf,
  type EventContext,
  Outbox,
  requirePermission,
  Transaction
} from "../kernel/index.ts"

/** The service rests: everybody but administrators is asked to come back (90-platform, "Maintenance"). */
export class UnderMaintenance extends Schema.TaggedError<UnderMaintenance>()("UnderMaintenance", {}) {}

export interface MaintenanceState {
  readonly on: boolean
  /** `env`: forced by MAINTENANCE_MODE for the life of this process, whatever the row says. */
  readonly source: "env" | "database"
}

/** The flag as this process knows it: the last known value, without any effect. */
export class MaintenanceMode extends Context.Service<MaintenanceMode, { readonly read: () => MaintenanceState }>()(
  "@veza/domain/platform/MaintenanceMode"
) {}

/** Rows of `platform_settings`. */
export class PlatformSettings extends Context.Service<
  PlatformSettings,
  {
    readonly readFlag: (key: string) => Effect.Effect<boolean>
    readonly writeFlag: (key: string, value: boolean) => Effect.Effect<void>
  }
>()("@veza/domain/platform/PlatformSettings") {}

export const maintenanceKey = "maintenance_mode"
export const settingsTopic = "platform_settings"

const write = Effect.fnUntraced(function* (on: boolean, context: EventContext) {
  yield* (yield* PlatformSettings).writeFlag(maintenanceKey, on)
  yield* (yield* Outbox).append([
    { type: "platform.maintenance_changed", aggregate: "platform:maintenance", payload: { on }, context }
  ])
  yield* (yield* Changes).announce(settingsTopic, maintenanceKey)
})

const writeMaintenance = Effect.fnUntraced(function* (on: boolean, context: EventContext) {
  yield* (yield* Transaction).atomically(write(on, context))
})

/** Turns maintenance on or off for every process; administrators only. The row is written first. */
export const setMaintenance = Effect.fn("platform.setMaintenance")(function* (actor: Actor, on: boolean) {
  yield* requirePermission(actor, "maintenance.switch")
  yield* writeMaintenance(on, contextOf(actor))
})

/** The same for an operator at a terminal, who acts by having the database's credentials. */
export const setMaintenanceAsOperator = Effect.fn("platform.setMaintenanceAsOperator")(function* (on: boolean) {
  yield* writeMaintenance(on, { actor_id: null, ip: null, user_agent: "veza cli", request_id: null })
})

/** What this process follows, for administrators. */
export const maintenanceStatus = Effect.fn("platform.maintenanceStatus")(function* (actor: Actor) {
  yield* requirePermission(actor, "maintenance.switch")
  return (yield* MaintenanceMode).read()
})
