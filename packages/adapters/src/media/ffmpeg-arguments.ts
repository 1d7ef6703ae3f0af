import type { AudioFormat } from "@veza/domain/tracks"

/** Largest single piece of memory that a file may make it ask for, in bytes. */
const maxAllocation = 256 * 1024 * 1024

/**
 * How every ffmpeg run begins: no questions, errors only, and for what is read no way to reach the network or anything
 * but files.
 */
export const ffmpegStart: ReadonlyArray<string> = [
  "-nostdin",
  "-hide_banner",
  "-v",
  "error",
  "-max_alloc",
  String(maxAllocation),
  "-protocol_whitelist",
  "file"
]

const demuxers: Readonly<Record<AudioFormat, string>> = {
  mp3: "mp3",
  flac: "flac",
  wav: "wav",
  ogg: "ogg",
  m4a: "mov",
  aac: "aac",
  aiff: "aiff"
}

/** The first sound of a file that is of `format` and read as nothing else, by one thread. */
export const soundOf = (file: string, format: AudioFormat): ReadonlyArray<string> => [
  "-threads",
  "1",
  "-f",
  demuxers[format],
  "-i",
  `file:${file}`,
  "-map",
  "0:a:0",
  "-vn",
  "-sn",
  "-dn"
]
