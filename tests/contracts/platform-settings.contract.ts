import { assert, layer } from "@effect/vitest"
import { Duration, Effect, type Layer } from "effect"
import { type Changes, Ids, type Outbox, type Transaction } from "@veza/domain/kernel"
import { maintenanceKey, OutboxQueue, PlatformSettings, setMaintenanceAsOperator } from "@veza/domain/platform"

type Ports = PlatformSettings | Outbox | OutboxQueue | Changes | Transaction | Ids

/** What every store of platform settings does. */
export const platformSettingsContract = <E>(name: string, adapter: Layer.Layer<Ports, E>) =>
  layer(adapter)(`PlatformSettings: ${name}`, (it) => {
    it.effect("reads a flag that was never written as off", () =>
      Effect.gen(function* () {
        const key = yield* (yield* Ids).entity
        assert.isFalse(yield* (yield* PlatformSettings).readFlag(key))
        assert.isFalse(yield* (yield* PlatformSettings).readFlag(maintenanceKey))
      })
    )

    it.effect("reads what was written last, each key for itself", () =>
      Effect.gen(function* () {
        const settings = yield* PlatformSettings
        const ids = yield* Ids
        const [key, other] = [yield* ids.entity, yield* ids.entity]
        for (const value of [true, false, true]) {
          yield* settings.writeFlag(key, value)
          assert.strictEqual(yield* settings.readFlag(key), value)
          assert.isFalse(yield* settings.readFlag(other))
        }
      })
    )

    it.effect("carries the maintenance flag together with its event", () =>
      Effect.gen(function* () {
        yield* setMaintenanceAsOperator(true)
        assert.isTrue(yield* (yield* PlatformSettings).readFlag(maintenanceKey))
        const claimed = yield* (yield* OutboxQueue).claim(10, Duration.minutes(1))
        assert.deepStrictEqual(
          claimed.map(({ event }) => [event.type, event.payload]),
          [["platform.maintenance_changed", { on: true }]]
        )
      })
    )
  })
