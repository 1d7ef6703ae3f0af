import { Effect, Layer } from "effect"
import { followedValue } from "@veza/domain/kernel"
import { maintenanceKey, MaintenanceMode, PlatformSettings, settingsTopic } from "@veza/domain/platform"

/** The followed flag: primed before the layer is there, forced on for this process by MAINTENANCE_MODE. */
export const maintenanceMode = (forced: boolean) =>
  Layer.effect(
    MaintenanceMode,
    Effect.gen(function* () {
      const settings = yield* PlatformSettings
      const read = yield* followedValue({
        topic: settingsTopic,
        load: settings.readFlag(maintenanceKey),
        retryEvery: 500
      })
      return MaintenanceMode.of({
        read: () => (forced ? { on: true, source: "env" } : { on: read(), source: "database" })
      })
    })
  )
