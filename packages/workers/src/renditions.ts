import { Duration, Effect, Latch, Metric } from "effect"
import { Changes } from "@veza/domain/kernel"
import { type BuildReport, buildRenditions, buildsTopic, HlsSettings, RenditionEncoder } from "@veza/domain/tracks"

/** Builds that were put off, or that a dead worker held, are found without news after so long. */
const lookEvery = Duration.seconds(15)
const pauseAfterFault = Duration.seconds(5)

const builds = Metric.counter("veza_rendition_builds_total", {
  description: "Attempts at making the renditions of a track, by outcome",
  incremental: true
})
const durations = Metric.histogram("veza_rendition_build_duration_seconds", {
  description: "How long those attempts take",
  boundaries: [1, 5, 15, 60, 300, 1200, 3600]
})

const tell = ({ trackId, outcome, reason }: BuildReport): Effect.Effect<void> => {
  const about = { track_id: trackId, outcome, ...(reason === undefined ? {} : { reason }) }
  if (outcome === "given_up") return Effect.logError("a track stays without renditions", about)
  return outcome === "failed"
    ? Effect.logWarning("the renditions of a track could not be made; they are tried again later", about)
    : Effect.logInfo("renditions", about)
}

/** Makes one track's renditions; false when none waits. */
const buildOne = Effect.fnUntraced(function* () {
  const [elapsed, report] = yield* Effect.timed(buildRenditions())
  if (report === undefined) return false
  yield* Metric.update(Metric.withAttributes(builds, { outcome: report.outcome }), 1)
  yield* Metric.update(durations, Duration.toSeconds(elapsed))
  yield* tell(report)
  return true
})

const buildAll = Effect.fnUntraced(function* (news: Latch.Latch) {
  // Closed before looking: what is announced meanwhile opens it again.
  yield* news.close
  while (yield* buildOne());
  yield* Effect.timeoutOption(news.await, lookEvery)
})

/**
 * Makes renditions until interrupted, one track at a time in each worker, as soon as they are wanted. Without HLS there
 * is nothing to do; without ffmpeg they wait for a worker that has it.
 */
export const renditions = Effect.fnUntraced(function* () {
  if (!(yield* HlsSettings).streaming) return
  if (!(yield* RenditionEncoder).isAvailable) {
    return yield* Effect.logWarning("HLS_STREAMING is on and there is no ffmpeg: no renditions are made here")
  }
  const news = Latch.makeUnsafe(false)
  yield* (yield* Changes).follow(buildsTopic, () => {
    news.openUnsafe()
  })
  return yield* Effect.forever(
    Effect.catchCause(buildAll(news), (cause) =>
      Effect.andThen(Effect.logError("renditions cannot be made", cause), Effect.sleep(pauseAfterFault))
    )
  )
}, Effect.scoped)
