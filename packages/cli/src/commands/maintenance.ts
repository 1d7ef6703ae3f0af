import { Effect } from "effect"
import { Command } from "effect/cli"
import { maintenanceKey, PlatformSettings, setMaintenanceAsOperator } from "@veza/domain/platform"
import { print } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

const show = Effect.fnUntraced(function* (on: boolean, text: string) {
  yield* print(yield* root, { maintenance: on }, [text])
})

const set = (on: boolean) =>
  Effect.fnUntraced(function* () {
    yield* setMaintenanceAsOperator(on)
    yield* show(on, on ? "Maintenance is on. Every process follows within a second." : "Maintenance is off.")
  }, withDatabase)

const read = Effect.fnUntraced(function* () {
  const on = yield* (yield* PlatformSettings).readFlag(maintenanceKey)
  yield* show(on, `Maintenance is ${on ? "on" : "off"}.`)
}, withDatabase)

export const maintenance = Command.make("maintenance").pipe(
  Command.withDescription("Close the service to all but administrators, and open it"),
  Command.withSubcommands([
    Command.make("on", {}, set(true)).pipe(
      Command.withDescription("Close: requests are answered 503 with Retry-After")
    ),
    Command.make("off", {}, set(false)).pipe(Command.withDescription("Open again")),
    Command.make("status", {}, read).pipe(Command.withDescription("Say what the database holds"))
  ])
)
