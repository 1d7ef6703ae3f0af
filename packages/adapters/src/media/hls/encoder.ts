import { Effect, Layer, Stream } from "effect"
import {
  EncodingFailed,
  type EncodingSource,
  RenditionEncoder,
  type RenditionPart,
  type RenditionPlan
} from "@veza/domain/tracks"
import { ffmpegStart, soundOf } from "../ffmpeg-arguments.ts"
import { findFfmpeg } from "../find-ffmpeg.ts"
import { toolOutput } from "../run-tool.ts"
import { renditionParts } from "./segments.ts"

const minute = 60_000
/** Milliseconds: as long as it sounds, and some minutes more for a machine that is busy; never more than these hours. */
const timeoutOf = ({ durationMs }: EncodingSource): number => Math.min(5 * minute + durationMs, 240 * minute)

/** Whoever waits for a track hears its stream meanwhile: renditions take a third of what others do. */
const niceness = 5

/** A stated duration may be an estimate; far beyond it the file is not what it seemed. Bytes. */
const mostOutput = ({ durationMs }: EncodingSource, { bitrate, sampleRate, channels }: RenditionPlan): number => {
  const perSecond = bitrate === undefined ? sampleRate * channels * 4 : bitrate / 4
  return (durationMs / 500 + 60) * (perSecond + 10_000)
}

const codecOf = ({ bitrate, frame }: RenditionPlan): ReadonlyArray<string> =>
  bitrate === undefined
    ? // Debian's ffmpeg calls FLAC in MP4 experimental.
      ["-c:a", "flac", "-frame_size", String(frame), "-strict", "-2"]
    : ["-c:a", "aac", "-b:a", String(bitrate)]

/** Sound from its first sample on, without gaps whatever the file's clock says; nothing of its tags. */
const encodingArguments = ({ path, format }: EncodingSource, plan: RenditionPlan): ReadonlyArray<string> => [
  ...ffmpegStart,
  ...soundOf(path, format),
  "-map_metadata",
  "-1",
  "-map_chapters",
  "-1",
  "-af",
  `aresample=${plan.sampleRate},asettb=1/${plan.sampleRate},asetpts=N`,
  "-ac",
  String(plan.channels),
  "-ar",
  String(plan.sampleRate),
  ...codecOf(plan),
  "-threads",
  "1",
  "-fflags",
  "+bitexact",
  "-flags:a",
  "+bitexact",
  "-movflags",
  "+empty_moov+delay_moov+default_base_moof",
  "-frag_duration",
  "1000000",
  "-f",
  "mp4",
  "pipe:1"
]

const lastLine = (complaint: string): string => complaint.trim().split("\n").at(-1) ?? ""

async function* encoded(
  ffmpeg: string,
  source: EncodingSource,
  plan: RenditionPlan,
  signal: AbortSignal
): AsyncGenerator<Buffer> {
  const output = toolOutput(ffmpeg, encodingArguments(source, plan), { timeout: timeoutOf(source), niceness, signal })
  const most = mostOutput(source, plan)
  let seen = 0
  try {
    for (;;) {
      const next = await output.next()
      if (next.done === true) {
        if (next.value.code === 0) return
        throw new EncodingFailed({ reason: `ffmpeg ended with ${next.value.code}: ${lastLine(next.value.complaint)}` })
      }
      seen += next.value.length
      if (seen > most) throw new EncodingFailed({ reason: "it is far longer than it says" })
      yield next.value
    }
  } finally {
    await output.return({ code: null, complaint: "" })
  }
}

const asFailure = (error: unknown): EncodingFailed =>
  error instanceof EncodingFailed ? error : new EncodingFailed({ reason: String(error) })

const encodeWith = (ffmpeg: string) => (source: EncodingSource, plan: RenditionPlan, count: number | undefined) =>
  Stream.unwrap(
    Effect.map(
      // A generator that waits for ffmpeg cannot be told to stop: the signal can.
      Effect.acquireRelease(
        Effect.sync(() => new AbortController()),
        (stop) => Effect.sync(() => stop.abort())
      ),
      ({ signal }): Stream.Stream<RenditionPart, EncodingFailed> =>
        Stream.fromAsyncIterable(renditionParts(encoded(ffmpeg, source, plan, signal), plan, count), asFailure)
    )
  )

const unavailable = RenditionEncoder.of({
  isAvailable: false,
  encode: () => Stream.fail(new EncodingFailed({ reason: "there is no ffmpeg" }))
})

/** Encodes with ffmpeg where it is found. */
export const renditionEncoder = (ffmpegPath: string | undefined) =>
  Layer.effect(
    RenditionEncoder,
    Effect.map(
      Effect.promise(() => findFfmpeg(ffmpegPath)),
      (found) =>
        found === undefined ? unavailable : RenditionEncoder.of({ isAvailable: true, encode: encodeWith(found.ffmpeg) })
    )
  )
