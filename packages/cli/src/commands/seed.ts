import { Data, Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { adapters } from "@veza/adapters/composition"
import { AppSettings, type Settings, settingsLayer } from "@veza/adapters/config"
import { columns, print } from "../output.ts"
import { root } from "../root.ts"
import { type SampleAccount, sampleAccounts, seedAccounts } from "../seed/accounts.ts"
import { drawProgress } from "../seed/progress.ts"
import { seedTracks } from "../seed/tracks.ts"

/** Sample accounts have public passwords. */
export class SeedRefused extends Data.TaggedError("SeedRefused")<{ readonly message: string }> {}

/** Adds the sample data that is missing; `few` is the minimum for a test run. */
export const seedAll = Effect.fnUntraced(function* (settings: Settings, few: boolean) {
  const accounts = yield* seedAccounts()
  const tracks = yield* seedTracks(few, settings.FFMPEG_PATH, drawProgress)
  return { accounts, tracks: tracks.added, total: tracks.total }
})

const ci = Flag.Boolean("ci").pipe(
  Flag.withDescription("The minimum for a test run: three accounts and one track"),
  Flag.withDefault(false)
)

const run = Effect.fnUntraced(
  function* (flags: { readonly ci: boolean }) {
    const settings = yield* AppSettings
    if (!settings.relaxed) {
      return yield* new SeedRefused({
        message: `Sample accounts have public passwords, so nothing is seeded in ${settings.APP_ENV}.`
      })
    }
    const seeded = yield* seedAll(settings, flags.ci)
    const samples: ReadonlyArray<SampleAccount> = Object.values(sampleAccounts)
    const users = samples.map(({ totpSecret, ...user }) => ({
      ...user,
      ...(totpSecret === undefined ? {} : { totp_secret: totpSecret })
    }))
    yield* print(yield* root, { ...seeded, users }, [
      `Seeded ${seeded.accounts} accounts and ${seeded.tracks} tracks; what was there stays as it is.`,
      ...columns(samples.map(({ email, password, totpSecret }) => [email, [password, totpSecret ?? ""].join("  ")]))
    ])
  },
  Effect.provide(
    Layer.unwrap(Effect.map(AppSettings, (settings) => adapters(settings, "veza-cli"))).pipe(
      Layer.provideMerge(settingsLayer)
    )
  )
)

export const seed = Command.make("seed", { ci }, run).pipe(
  Command.withDescription("Add sample accounts and music (development and test)")
)
