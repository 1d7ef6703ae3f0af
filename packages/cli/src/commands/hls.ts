import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { databasePorts } from "@veza/adapters/composition"
import { AppSettings, settingsLayer } from "@veza/adapters/config"
import { wantMissingRenditions } from "@veza/domain/tracks"
import { print } from "../output.ts"
import { root } from "../root.ts"

const services = Layer.unwrap(Effect.map(AppSettings, (settings) => databasePorts(settings, "veza-cli"))).pipe(
  Layer.provideMerge(settingsLayer)
)

const build = Effect.fnUntraced(function* ({ again }: { readonly again: boolean }) {
  const { HLS_STREAMING: streaming } = yield* AppSettings
  const wanted = yield* wantMissingRenditions(again)
  yield* print(yield* root, { wanted, streaming }, [
    wanted === 0
      ? "No track waits for renditions that did not before."
      : `Workers will make the renditions of ${wanted} tracks.`,
    ...(streaming ? [] : ["HLS_STREAMING is off: workers begin when it is on."])
  ])
}, Effect.provide(services))

export const hls = Command.make("hls").pipe(
  Command.withDescription("Look after the renditions that are played over HLS"),
  Command.withSubcommands([
    Command.make(
      "build",
      {
        again: Flag.Boolean("again").pipe(
          Flag.withDescription("Also try those again that failed for good"),
          Flag.withDefault(false)
        )
      },
      build
    ).pipe(
      Command.withDescription(
        "Have the renditions made of every ready track that has none, such as those from before HLS was on; running it again does no harm"
      )
    )
  ])
)
