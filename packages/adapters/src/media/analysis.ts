import { Effect, Layer, Option } from "effect"
import { AudioAnalysis, type ProbedAudio, UnsupportedAudio } from "@veza/domain/tracks"
import { coverArt } from "./cover-art.ts"
import { findFfmpeg } from "./find-ffmpeg.ts"
import { loudnessAnalysis } from "./loudness.ts"
import { NotAudio } from "./not-audio.ts"
import { type AudioFacts, probeAudio } from "./probe.ts"
import { drawWaveform } from "./waveform.ts"

const asDomain = ({ format, durationSeconds, tags, ...found }: AudioFacts) => ({
  format,
  facts: {
    durationMs: Math.max(1, Math.round(durationSeconds * 1000)),
    codec: found.codec,
    bitrate: found.bitrate ?? null,
    sampleRate: found.sampleRate ?? null,
    channels: found.channels ?? null,
    lossless: found.lossless ?? null
  },
  tags
})

const asFacts = ({ format, facts }: ProbedAudio): AudioFacts => ({
  format,
  codec: facts.codec ?? format,
  durationSeconds: facts.durationMs / 1000,
  tags: {}
})

/** A file that takes a minute to make out was built to. */
const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === "TimeoutError"

const analysis = (ffmpegPath: string | undefined) =>
  Layer.succeed(
    AudioAnalysis,
    AudioAnalysis.of({
      probe: (path) =>
        Effect.tryPromise({ try: (signal) => probeAudio(path, signal), catch: (error) => error }).pipe(
          Effect.map(asDomain),
          Effect.catch((error) =>
            error instanceof NotAudio || isTimeout(error)
              ? Effect.fail(new UnsupportedAudio({ reason: "not_audio" }))
              : Effect.die(error)
          )
        ),
      peaks: (path, audio) =>
        Effect.tryPromise((signal) => drawWaveform(path, asFacts(audio), { ffmpegPath, signal })).pipe(
          Effect.map(Option.fromNullishOr),
          Effect.catch((error) =>
            Effect.as(Effect.logWarning("a waveform could not be drawn", { error: String(error) }), Option.none())
          )
        )
    })
  )

/**
 * Probes and looks for covers in our own process; decodes for waveforms and loudness with ffmpeg where it is found,
 * otherwise PCM only.
 */
export const audioAnalysis = (ffmpegPath: string | undefined) =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => findFfmpeg(ffmpegPath)),
      (found) => Layer.mergeAll(analysis(found?.ffmpeg), loudnessAnalysis(found?.ffmpeg), coverArt)
    )
  )
