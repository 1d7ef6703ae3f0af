import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { databasePorts, tokenVault } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { encryptProviderTokens, type EncryptCount, type EncryptOptions } from "@veza/domain/accounts"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { drawProgress } from "../seed/progress.ts"

const services = Layer.unwrap(
  Effect.map(AppSettings, (settings) => Layer.merge(databasePorts(settings, "veza-cli"), tokenVault(settings)))
).pipe(Layer.provideMerge(settingsLayer))

const report = (options: EncryptOptions, count: EncryptCount): ReadonlyArray<string> => [
  ...columns([
    ["under the key of the day", String(count.current)],
    ["under former keys", String(count.former)],
    ["not encrypted", String(count.plain)],
    ["under unknown keys", String(count.unreadable)],
    [options.dryRun ? "would be written anew" : "written anew", String(count.changed)]
  ]),
  ...(count.former > 0 && !options.rotate
    ? ["Add --rotate to move those under former keys to the key of the day."]
    : []),
  ...(count.unreadable > 0
    ? ["Some tokens open with no key: set the one they were made with in OAUTH_ENCRYPTION_FORMER_KEYS."]
    : [])
]

const encrypt = Effect.fnUntraced(function* (options: EncryptOptions) {
  const count = yield* encryptProviderTokens(options, (done, total) => drawProgress(done, total, "identities"))
  const value = { ...count, dry_run: options.dryRun, rotate: options.rotate }
  yield* print(yield* root, value, report(options, count))
  if (count.unreadable > 0) process.exitCode = 1
}, Effect.provide(services))

export const oauth = Command.make("oauth").pipe(
  Command.withDescription("Look after what providers of log-ins gave us"),
  Command.withSubcommands([
    Command.make(
      "encrypt-tokens",
      {
        dryRun: Flag.Boolean("dry-run").pipe(
          Flag.withDescription("Count, and change nothing"),
          Flag.withDefault(false)
        ),
        rotate: Flag.Boolean("rotate").pipe(
          Flag.withDescription("Also move tokens under former keys to OAUTH_ENCRYPTION_KEY"),
          Flag.withDefault(false)
        )
      },
      encrypt
    ).pipe(
      Command.withDescription(
        "Encrypt the providers' tokens that are not, in batches; stop it at any time and run it again. Exit code 1: some tokens open with no key."
      )
    )
  ])
)
