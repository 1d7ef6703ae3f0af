import { Effect, Layer } from "effect"
import { PlatformSettings } from "@veza/domain/platform"
import { Store } from "./store.ts"
import { get, put } from "./tables.ts"

/** A flag that was never written is off. */
export const platformSettingsMemory = Layer.effect(
  PlatformSettings,
  Effect.map(Store, (store) =>
    PlatformSettings.of({
      readFlag: (key) => store.read((tables) => get(tables, "settings", key) === true),
      writeFlag: (key, value) => store.change((tables) => [undefined, put(tables, "settings", key, value)])
    })
  )
)
