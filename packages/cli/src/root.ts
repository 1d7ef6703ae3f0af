import { Command, Flag } from "effect/cli"

/** The command everything hangs on; its flags are shared by all. */
export const root = Command.make("veza").pipe(
  Command.withDescription(
    "Operates a Veza installation. Settings come from the environment and .env files; see docs/configuration.md. Exit codes: 0 done, 1 failed, 78 the configuration is faulty."
  ),
  Command.withSharedFlags({
    json: Flag.Boolean("json").pipe(Flag.withDescription("Answer in JSON, for scripts"), Flag.withDefault(false))
  })
)
