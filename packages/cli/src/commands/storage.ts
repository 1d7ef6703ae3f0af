import { Data, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { databasePorts, s3Settings, storage as files } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { type MigrateCount, type MigrateOptions, migrateStorage, otherBackend } from "@veza/domain/tracks"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { drawProgress } from "../seed/progress.ts"

/** The message is for whoever called. */
class CannotMigrate extends Data.TaggedError("CannotMigrate")<{ readonly message: string }> {}

const services = Layer.unwrap(
  Effect.map(AppSettings, (settings) => Layer.merge(databasePorts(settings, "veza-cli"), files(settings)))
).pipe(Layer.provideMerge(settingsLayer))

const units = ["bytes", "KB", "MB", "GB", "TB"] as const

const readable = (bytes: number): string => {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}

const report = ({ to, dryRun }: MigrateOptions, count: MigrateCount): ReadonlyArray<string> => [
  ...columns([
    [`found in ${otherBackend(to)}`, `${count.tracks} tracks, ${readable(count.bytes)}`],
    ...(dryRun
      ? []
      : ([
          [`moved to ${to}`, String(count.moved)],
          ["moved or removed by others meanwhile", String(count.settled)],
          ["never finished, without a file", String(count.unfinished)],
          ["not now: the place is being cleared", String(count.busy)],
          ["ready, but without a file", String(count.missing)],
          ["not what their hash says", String(count.corrupt)]
        ] as const))
  ]),
  ...(count.moved > 0 ? ["The worker removes what was left behind in about an hour."] : []),
  ...(count.busy > 0 ? ["Run it again in a quarter of an hour for those whose place is being cleared."] : []),
  ...(count.damaged.length > 0 ? ["Left where they are:", ...count.damaged.map((id) => `  ${id}`)] : [])
]

const migrate = Effect.fnUntraced(function* (input: Omit<MigrateOptions, "limit"> & { limit: Option.Option<number> }) {
  const options: MigrateOptions = { ...input, limit: Option.getOrUndefined(input.limit) }
  if (options.limit !== undefined && options.limit < 1) {
    return yield* new CannotMigrate({ message: "--limit must be at least 1." })
  }
  if (s3Settings(yield* AppSettings) === undefined) {
    return yield* new CannotMigrate({ message: "No object store is configured: set S3_BUCKET and its credentials." })
  }
  const count = yield* migrateStorage(options, (done, total) => drawProgress(done, total, "tracks")).pipe(
    Effect.catchTag(
      "StorageUnavailable",
      () =>
        new CannotMigrate({
          message: "A store does not answer. What was moved so far is safe; see `veza doctor`, then run it again."
        })
    )
  )
  yield* print(yield* root, { ...count, to: options.to, dry_run: options.dryRun }, report(options, count))
  if (count.missing + count.corrupt > 0) process.exitCode = 1
}, Effect.provide(services))

export const storage = Command.make("storage").pipe(
  Command.withDescription("Look after where track files are stored"),
  Command.withSubcommands([
    Command.make(
      "migrate",
      {
        to: Flag.Literals("to", ["local", "s3"]).pipe(Flag.withDescription("The store to move tracks to")),
        limit: Flag.Int("limit").pipe(Flag.withDescription("Move so many tracks at most"), Flag.optional),
        dryRun: Flag.Boolean("dry-run").pipe(Flag.withDescription("Count, and move nothing"), Flag.withDefault(false))
      },
      migrate
    ).pipe(
      Command.withDescription(
        "Move track files to the local directory or to S3 while they are played; stop it at any time and run it again. Exit code 1: some files are missing or damaged."
      )
    )
  ])
)
