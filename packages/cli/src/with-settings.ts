import { Effect, Layer } from "effect"
import { accountPorts, databasePorts } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"

const ports = Layer.unwrap(Effect.map(AppSettings, (settings) => databasePorts(settings, "veza-cli")))

/** Gives a command the settings and the ports that the database answers. */
export const withDatabase = Effect.provide(ports.pipe(Layer.provideMerge(settingsLayer)))

const accounts = Layer.unwrap(Effect.map(AppSettings, (settings) => accountPorts(settings, "veza-cli")))

/** The same, with what passwords need. */
export const withAccounts = Effect.provide(accounts.pipe(Layer.provideMerge(settingsLayer)))
