import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Logger } from "effect"
import { CliError, Command } from "effect/cli"
import { InvalidConfiguration, configurationExitCode } from "@veza/adapters/config"
import { productVersion, sentenceOf } from "@veza/adapters/process"
import { audit } from "./commands/audit.ts"
import { doctor } from "./commands/doctor.ts"
import { hls } from "./commands/hls.ts"
import { jobs } from "./commands/jobs.ts"
import { keys } from "./commands/keys.ts"
import { oauth } from "./commands/oauth.ts"
import { maintenance } from "./commands/maintenance.ts"
import { migrate } from "./commands/migrate.ts"
import { openapi } from "./commands/openapi.ts"
import { payments } from "./commands/payments.ts"
import { distribution } from "./commands/distribution.ts"
import { sandbox } from "./commands/sandbox.ts"
import { royalties } from "./commands/royalties.ts"
import { seed } from "./commands/seed.ts"
import { storage } from "./commands/storage.ts"
import { subscriptions } from "./commands/subscriptions.ts"
import { up } from "./commands/up.ts"
import { users } from "./commands/users.ts"
import { root } from "./root.ts"

const command = root.pipe(
  Command.withSubcommands([
    up,
    migrate,
    seed,
    maintenance,
    users,
    keys,
    oauth,
    storage,
    audit,
    jobs,
    subscriptions,
    hls,
    openapi,
    payments,
    distribution,
    sandbox,
    royalties,
    doctor
  ])
)

const complain = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    process.exitCode = Cause.squash(cause) instanceof InvalidConfiguration ? configurationExitCode : 1
    // Usage errors were explained, together with the help, by the command-line library.
    if (CliError.isCliError(Cause.squash(cause))) return
    const sentence = sentenceOf(cause)
    process.stderr.write(`${sentence ?? Cause.pretty(cause)}\n`)
  })

Command.run(command, { version: productVersion }).pipe(
  Effect.catchCause(complain),
  Effect.provide(NodeServices.layer),
  Effect.provide(Logger.layer([])),
  (program) =>
    NodeRuntime.runMain(program, {
      disableErrorReporting: true,
      teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? Number(process.exitCode ?? 0) : 130)
    })
)
