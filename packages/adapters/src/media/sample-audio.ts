import { randomUUID } from "node:crypto"
import { createWriteStream } from "node:fs"
import { rename, rm } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"

import { ffmpegStart } from "./ffmpeg-arguments.ts"
import { renderSong, songFrames, songSampleRate } from "./melody.ts"
import type { SampleSong } from "./melody/songs.ts"
import { runTool } from "./run-tool.ts"
import { wavFile } from "./wav-writer.ts"

export type SampleFormat = "wav" | "flac" | "mp3"

const timeout = 60_000
const maxSampleBytes = 64 * 1024 * 1024

const metadata = (tags: Readonly<Record<string, string | number>>): ReadonlyArray<string> =>
  Object.entries(tags).flatMap(([name, value]) => ["-metadata", `${name}=${value}`])

const encoderArguments = ({ bpm, musicalKey }: SampleSong): Readonly<Record<"flac" | "mp3", ReadonlyArray<string>>> => {
  const mp3 = ["-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "3", "-f", "mp3"]
  return {
    flac: [...metadata({ BPM: bpm, KEY: musicalKey }), "-c:a", "flac", "-f", "flac"],
    mp3: [...metadata({ TBPM: bpm, TKEY: musicalKey }), ...mp3]
  }
}

const writeWav = (song: SampleSong, file: string, signal: AbortSignal): Promise<void> => {
  const shape = { sampleRate: songSampleRate, channels: 2, frames: songFrames(song) }
  const parts = Readable.from(wavFile(shape, song, renderSong(song)))
  return pipeline(parts, createWriteStream(file, { flags: "wx" }), { signal })
}

const encode = async (
  song: SampleSong,
  format: "flac" | "mp3",
  paths: { readonly ffmpeg: string; readonly from: string; readonly to: string },
  signal: AbortSignal
): Promise<void> => {
  const { title, artist, album, genre, year } = song
  const input = ["-f", "wav", "-i", `file:${paths.from}`, "-map", "0:a:0", "-map_metadata", "-1"]
  const tags = metadata({ title, artist, album, genre, date: year })
  const { code, complaint } = await runTool(
    paths.ffmpeg,
    [...ffmpegStart, ...input, ...tags, ...encoderArguments(song)[format], "-y", `file:${paths.to}`],
    { timeout, signal, fileSize: maxSampleBytes }
  )
  if (code !== 0) {
    const why = complaint.trim().split("\n").at(-1) ?? ""
    throw new Error(
      `ffmpeg could not write the ${format.toUpperCase()} sample; check that it has that encoder (${why})`
    )
  }
}

/**
 * Writes a sample song to `file`: WAV in our own code, FLAC and MP3 with ffmpeg. The file appears whole or not at all.
 * Rejects when `ffmpegPath` is missing for FLAC or MP3, when encoding fails or takes over a minute, and on abort.
 */
export const writeSample = async (
  song: SampleSong,
  format: SampleFormat,
  file: string,
  options: { readonly ffmpegPath?: string | undefined; readonly signal?: AbortSignal | undefined } = {}
): Promise<void> => {
  const signal = options.signal ?? AbortSignal.timeout(timeout)
  const wav = `${file}.${randomUUID()}.wav.part`
  const encoded = `${file}.${randomUUID()}.${format}.part`
  try {
    if (format === "wav") {
      await writeWav(song, wav, signal)
      return await rename(wav, file)
    }
    if (options.ffmpegPath === undefined) {
      throw new Error(`A ${format.toUpperCase()} sample cannot be written without ffmpeg; install it or ask for WAV.`)
    }
    await writeWav(song, wav, signal)
    await encode(song, format, { ffmpeg: options.ffmpegPath, from: wav, to: encoded }, signal)
    await rename(encoded, file)
  } finally {
    await Promise.all([rm(wav, { force: true }), rm(encoded, { force: true })])
  }
}
