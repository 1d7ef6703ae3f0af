import { Effect } from "effect"
import { Command } from "effect/cli"
import { migrate as applyPending, migrationsDirectory, migrationStatus } from "@veza/adapters/postgres"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { withDatabase } from "../with-settings.ts"

const up = Effect.fnUntraced(function* () {
  const applied = yield* applyPending(migrationsDirectory())
  yield* print(
    yield* root,
    { applied: applied.map(({ name }) => name) },
    applied.length === 0 ? ["The schema is up to date."] : ["Applied:", ...applied.map(({ name }) => `  ${name}`)]
  )
}, withDatabase)

const status = Effect.fnUntraced(function* () {
  const all = yield* migrationStatus(migrationsDirectory())
  yield* print(
    yield* root,
    all,
    columns(all.map(({ name, appliedAt }) => [name, appliedAt === undefined ? "pending" : appliedAt.toISOString()]))
  )
}, withDatabase)

export const migrate = Command.make("migrate").pipe(
  Command.withDescription("Bring the database schema up to date, or look at it"),
  Command.withSubcommands([
    Command.make("up", {}, up).pipe(Command.withDescription("Apply what is pending, each file in its own transaction")),
    Command.make("status", {}, status).pipe(Command.withDescription("List the migrations and when they were applied"))
  ])
)
