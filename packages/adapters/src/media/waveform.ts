import { open } from "node:fs/promises"
import { endianness } from "node:os"

import { type PeakAccumulator, peaksOf, waveformPeaks } from "@veza/domain/tracks"

import { ffmpegStart, soundOf } from "./ffmpeg-arguments.ts"
import { readPcmLayout } from "./pcm-layout.ts"
import { monoSamples } from "./pcm-samples.ts"
import type { AudioFacts } from "./probe.ts"
import { runTool } from "./run-tool.ts"

const timeout = 180_000
const rate = 8000
const bytesPerFrame = 2

/** Feeds 16-bit samples that come in pieces of any length, odd ones too; gives the number of bytes seen. */
const sampleFeeder = (peaks: PeakAccumulator): ((chunk: Buffer) => number) => {
  let rest: Buffer = Buffer.alloc(0)
  let seen = 0
  return (chunk) => {
    const bytes = Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % bytesPerFrame)
    const samples = new Int16Array(whole / bytesPerFrame)
    Buffer.from(samples.buffer).set(bytes.subarray(0, whole))
    peaks.add(samples)
    rest = bytes.subarray(whole)
    seen += chunk.length
    return seen
  }
}

const drawWithFfmpeg = async (
  file: string,
  facts: AudioFacts,
  ffmpeg: string,
  count: number,
  signal: AbortSignal
): Promise<Array<number> | undefined> => {
  const frames = Math.round(facts.durationSeconds * rate)
  // A stated duration may be an estimate; far beyond it the file is not what it seemed.
  const most = (frames * 2 + 60 * rate) * bytesPerFrame
  const peaks = peaksOf(frames, count)
  const feed = sampleFeeder(peaks)
  let seen = 0
  const output = ["-ac", "1", "-ar", String(rate), "-f", endianness() === "LE" ? "s16le" : "s16be", "pipe:1"]
  await runTool(ffmpeg, [...ffmpegStart, ...soundOf(file, facts.format), ...output], {
    timeout,
    signal,
    onOutput: (chunk) => {
      seen = feed(chunk)
      return seen < most
    }
  })
  return seen === 0 ? undefined : peaks.peaks()
}

const drawPcm = async (
  file: string,
  format: "wav" | "aiff",
  count: number,
  signal: AbortSignal
): Promise<Array<number> | undefined> => {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  const handle = await open(file, "r")
  try {
    const layout = await readPcmLayout(handle, format)
    if (layout === undefined || layout.frames === 0) return undefined
    const peaks = peaksOf(layout.frames, count)
    for await (const samples of monoSamples(handle, layout, stop)) peaks.add(samples)
    return peaks.peaks()
  } finally {
    await handle.close()
  }
}

export interface WaveformOptions {
  /** Where ffmpeg is; without it only uncompressed WAV and AIFF can be drawn. */
  readonly ffmpegPath?: string | undefined
  /** How many peaks, 800 unless told otherwise. */
  readonly count?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Draws a file's waveform: peaks from 0 to 255 (full scale) over its length, mixed to mono, in constant memory.
 * Uncompressed WAV and AIFF are read in our own code, everything else through ffmpeg; undefined when it cannot be
 * decoded. Rejects with the signal's reason on abort, with a `TimeoutError` after three minutes, and with the
 * operating system's error when the file or ffmpeg cannot be opened.
 */
export const drawWaveform = async (
  file: string,
  facts: AudioFacts,
  options: WaveformOptions = {}
): Promise<ReadonlyArray<number> | undefined> => {
  const { ffmpegPath, count = waveformPeaks, signal = AbortSignal.timeout(timeout) } = options
  if (facts.format === "wav" || facts.format === "aiff") {
    const peaks = await drawPcm(file, facts.format, count, signal)
    if (peaks !== undefined) return peaks
  }
  return ffmpegPath === undefined ? undefined : drawWithFfmpeg(file, facts, ffmpegPath, count, signal)
}
