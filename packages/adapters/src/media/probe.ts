import { type FileHandle, open } from "node:fs/promises"

import { type AudioFormat, audioFormats } from "@veza/domain/tracks"
import { type IAudioMetadata, parseBlob } from "music-metadata"

import { FileBlob } from "./file-blob.ts"
import { NotAudio } from "./not-audio.ts"
import { type PcmLayout, readPcmLayout } from "./pcm-layout.ts"
import { sniffAudioFile } from "./sniff-file.ts"
import { type AudioTags, cleanTags, cleanText } from "./tags.ts"

export interface AudioFacts {
  readonly format: AudioFormat
  /** The codec as its parser names it, for example `MPEG 1 Layer 3`, `FLAC`, `PCM`, `Opus` or `MPEG-4/AAC`. */
  readonly codec: string
  readonly durationSeconds: number
  /** Bits per second. */
  readonly bitrate?: number
  /** Hertz. */
  readonly sampleRate?: number
  readonly channels?: number
  readonly lossless?: boolean
  readonly tags: AudioTags
}

const timeout = 60_000
/** A tag's padding alone may give thousands: one for every ten bytes. */
const maxWarnings = 100_000
const leastDuration = 0.05
const maxDuration = 48 * 3600
/** Below this many bits per second of stated duration the file is a header without its sound. */
const leastBitrate = 250

const parse = async (
  handle: FileHandle,
  size: number,
  format: AudioFormat,
  signal: AbortSignal
): Promise<IAudioMetadata> => {
  let warnings: ReadonlyArray<unknown> = []
  // The parser records every false sync of a damaged stream: without a bound they would fill the memory.
  const check = () => {
    signal.throwIfAborted()
    if (warnings.length > maxWarnings) throw new NotAudio("it is too badly damaged")
  }
  const blob = FileBlob.of(handle, size, audioFormats[format].contentType, check)
  try {
    return await parseBlob(blob, {
      duration: true,
      skipCovers: true,
      observer: ({ metadata }) => {
        warnings = metadata.quality.warnings
      }
    })
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof NotAudio || (cause instanceof Error && "syscall" in cause)) throw cause
    throw new NotAudio("its structure is broken", { cause })
  }
}

const positive = (value: number | undefined, most: number): number | undefined =>
  value !== undefined && value > 0 && value <= most ? value : undefined

/** An MP3 or ADTS stream is known for certain only once its frames were read; both are parsed alike. */
const confirmed = (format: AudioFormat, container: string | undefined): AudioFormat => {
  if (format !== "mp3" && format !== "aac") return format
  return container?.startsWith("ADTS") === true ? "aac" : "mp3"
}

const factsOf = (
  format: AudioFormat,
  size: number,
  metadata: IAudioMetadata,
  pcm: PcmLayout | undefined
): AudioFacts => {
  const found = metadata.format
  const duration = positive(pcm === undefined ? found.duration : pcm.frames / pcm.sampleRate, maxDuration)
  if (found.hasAudio !== true && pcm === undefined) throw new NotAudio("it holds no audio stream")
  if (duration === undefined || duration < leastDuration) throw new NotAudio("it holds no sound")
  const stated = positive(found.bitrate, 1e9)
  const bitrate = stated ?? (format === "flac" ? undefined : (size * 8) / duration)
  if (bitrate === undefined || bitrate < leastBitrate || (bitrate * duration) / 8 > size * 20) {
    throw new NotAudio("most of its sound is missing")
  }
  const sampleRate = positive(found.sampleRate ?? pcm?.sampleRate, 10_000_000)
  const channels = positive(found.numberOfChannels ?? pcm?.channels, 64)
  const lossless = found.lossless ?? (pcm === undefined ? undefined : true)
  return {
    format,
    codec: cleanText(found.codec, 60) ?? (pcm === undefined ? format.toUpperCase() : "PCM"),
    durationSeconds: duration,
    bitrate: Math.round(bitrate),
    ...(sampleRate !== undefined && { sampleRate: Math.round(sampleRate) }),
    ...(channels !== undefined && { channels }),
    ...(lossless !== undefined && { lossless }),
    tags: cleanTags(metadata.common)
  }
}

/**
 * Reads what a file sounds like and says about itself, by its content alone: its name plays no part. Whoever knows the
 * name compares it with the format found (`agrees`). Memory stays bounded whatever the file.
 *
 * Rejects with `NotAudio` when there is no sound in an accepted format, with the signal's reason when it is aborted,
 * with a `TimeoutError` after a minute, and with the file system's error when the file cannot be read.
 */
export const probeAudio = async (file: string, signal?: AbortSignal): Promise<AudioFacts> => {
  const stop = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal === undefined ? [] : [signal])])
  stop.throwIfAborted()
  const sniffed = await sniffAudioFile(file)
  if (sniffed === undefined) throw new NotAudio("its content is in no known format")
  const handle = await open(file, "r")
  try {
    const { size } = await handle.stat()
    const metadata = await parse(handle, size, sniffed, stop)
    const format = confirmed(sniffed, metadata.format.container)
    const pcm = format === "wav" || format === "aiff" ? await readPcmLayout(handle, format) : undefined
    return factsOf(format, size, metadata, pcm)
  } finally {
    await handle.close()
  }
}
