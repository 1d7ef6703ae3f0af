import { open } from "node:fs/promises"
import { Effect, Layer, Option } from "effect"
import { type Loudness, LoudnessAnalysis, loudnessMeter } from "@veza/domain/tracks"

import { ffmpegStart, soundOf } from "./ffmpeg-arguments.ts"
import { readPcmLayout } from "./pcm-layout.ts"
import { channelSamples } from "./pcm-samples.ts"
import type { AudioFacts } from "./probe.ts"
import { runTool } from "./run-tool.ts"

const timeout = 180_000
/** Rates that the filters of BS.1770 can be made for, in Hertz. */
const leastRate = 8000
const mostRate = 384_000

/** What ebur128 calls silence: everything under the absolute gate. */
const silence = -70

/** Seconds under which ffmpeg finds the gate instead of a range: there are too few of its windows of 3 s. */
const leastForRange = 4

/** The summary that ebur128 writes when all is read. What a file's tags say stands before it. */
const summary = /Integrated loudness:\s+I:\s+(\S+) LUFS[^]*?LRA:\s+(\S+) LU[^]*?Peak:\s+(\S+) dBFS/u

type Sound = Pick<AudioFacts, "format" | "durationSeconds">

const readSummary = (text: string): Loudness | undefined => {
  const [, ...numbers] = summary.exec(text.slice(Math.max(0, text.lastIndexOf("Summary:")))) ?? []
  const [integrated = Number.NaN, range = Number.NaN, truePeak = Number.NaN] = numbers.map(Number)
  if (![integrated, range, truePeak].every(Number.isFinite) || integrated <= silence) return undefined
  return { integrated, range, truePeak }
}

const measureWithFfmpeg = async (
  file: string,
  { format, durationSeconds }: Sound,
  ffmpeg: string,
  signal: AbortSignal
): Promise<Loudness | undefined> => {
  // The summary is information, which the usual level leaves out.
  const level = ["-v", "info", "-nostats"]
  const filter = ["-filter:a", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
  const { code, complaint } = await runTool(ffmpeg, [...ffmpegStart, ...level, ...soundOf(file, format), ...filter], {
    timeout,
    signal
  })
  const found = code === 0 ? readSummary(complaint) : undefined
  return found && (durationSeconds < leastForRange ? { ...found, range: 0 } : found)
}

const tenth = (value: number): number => Math.round(value * 10) / 10

const measurePcm = async (
  file: string,
  format: "wav" | "aiff",
  signal: AbortSignal
): Promise<{ readonly found: Loudness | undefined } | undefined> => {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  const handle = await open(file, "r")
  try {
    const layout = await readPcmLayout(handle, format)
    if (layout === undefined || layout.sampleRate < leastRate || layout.sampleRate > mostRate) return undefined
    if (layout.channels !== 1 && layout.channels !== 2) return undefined
    const meter = loudnessMeter(layout.sampleRate, layout.channels)
    for await (const channels of channelSamples(handle, layout, stop)) meter.add(channels)
    const read = meter.read()
    return {
      found: read && { integrated: tenth(read.integrated), range: tenth(read.range), truePeak: tenth(read.truePeak) }
    }
  } finally {
    await handle.close()
  }
}

export interface LoudnessOptions {
  /** Where ffmpeg is; without it only uncompressed WAV and AIFF in mono or stereo can be measured. */
  readonly ffmpegPath?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Measures a file's loudness by ITU-R BS.1770-4, to a tenth: uncompressed WAV and AIFF in mono or stereo in our own
 * code, everything else through ffmpeg; undefined when it cannot be decoded and for silence. Rejects with the signal's
 * reason on abort, with a `TimeoutError` after three minutes, and with the operating system's error when the file or
 * ffmpeg cannot be opened.
 */
export const measureFile = async (
  file: string,
  sound: Sound,
  { ffmpegPath, signal = AbortSignal.timeout(timeout) }: LoudnessOptions = {}
): Promise<Loudness | undefined> => {
  const { format } = sound
  const own = format === "wav" || format === "aiff" ? await measurePcm(file, format, signal) : undefined
  if (own !== undefined) return own.found
  return ffmpegPath === undefined ? undefined : measureWithFfmpeg(file, sound, ffmpegPath, signal)
}

export const loudnessAnalysis = (ffmpegPath: string | undefined) =>
  Layer.succeed(
    LoudnessAnalysis,
    LoudnessAnalysis.of({
      measure: (path, format, durationMs) =>
        Effect.tryPromise((signal) =>
          measureFile(path, { format, durationSeconds: durationMs / 1000 }, { ffmpegPath, signal })
        ).pipe(
          Effect.map(Option.fromNullishOr),
          Effect.catch((error) =>
            Effect.as(
              Effect.logWarning("the loudness could not be measured", { error: String(error.cause) }),
              Option.none()
            )
          )
        )
    })
  )
