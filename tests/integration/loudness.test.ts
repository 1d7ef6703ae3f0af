import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { findFfmpeg, type LoudnessOptions, measureFile, sampleSongs, writeSample } from "@veza/adapters/media"
import type { AudioFormat } from "@veza/domain/tracks"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const run = promisify(execFile)
const song = sampleSongs[0] ?? expect.fail("no sample song")
const ffmpeg = (await findFfmpeg())?.ffmpeg ?? expect.fail("ffmpeg is not installed")

let folder = ""
const at = (name: string) => join(folder, name)
const convert = (to: string, ...args: ReadonlyArray<string>) =>
  run(ffmpeg, ["-nostdin", "-v", "error", "-i", at("song.wav"), ...args, "-y", at(to)], { timeout: 60_000 })
const measure = async (name: string, format: AudioFormat, options: LoudnessOptions = { ffmpegPath: ffmpeg }) =>
  (await measureFile(at(name), { format, durationSeconds: 10 }, options)) ?? expect.fail(`${name} was not measured`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "veza-loudness-"))
  await writeSample(song, "wav", at("song.wav"))
  await convert("song.flac", "-c:a", "flac")
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("our own measurement", () => {
  it.each([
    ["song.wav", "wav", ""],
    ["24.wav", "wav", "-c:a pcm_s24le"],
    ["float.wav", "wav", "-c:a pcm_f32le"],
    ["mono.wav", "wav", "-ac 1"],
    ["quiet.wav", "wav", "-af volume=-30dB -c:a pcm_s24le"],
    ["48.wav", "wav", "-ar 48000"],
    ["96.wav", "wav", "-ar 96000 -c:a pcm_s24le"],
    ["16.aiff", "aiff", "-c:a pcm_s16be"]
  ] as const)("of %s agrees with ffmpeg's, and needs none", async (name, format, args) => {
    if (args !== "") await convert(name, ...args.split(" "))
    const own = await measure(name, format, {})
    await run(ffmpeg, ["-nostdin", "-v", "error", "-i", at(name), "-c:a", "flac", "-y", at("same.flac")])
    const theirs = await measure("same.flac", "flac")
    expect(Math.abs(own.integrated - theirs.integrated)).toBeLessThan(0.15)
    expect(Math.abs(own.range - theirs.range)).toBeLessThan(0.35)
    expect(Math.abs(own.truePeak - theirs.truePeak)).toBeLessThan(0.35)
    expect(own.truePeak).toBeLessThan(3)
  })
})

describe("ffmpeg's measurement", () => {
  it.each([
    ["song.mp3", "mp3", "-c:a libmp3lame -b:a 192k"],
    ["song.ogg", "ogg", "-c:a libvorbis -q:a 6"],
    ["song.m4a", "m4a", "-c:a aac -b:a 192k"],
    ["song.aac", "aac", "-c:a aac -b:a 192k -f adts"],
    ["surround.wav", "wav", "-filter:a pan=5.1|FL=FL|FR=FR"],
    ["adpcm.wav", "wav", "-c:a adpcm_ms"]
  ] as const)("of %s comes close to the original's", async (name, format, args) => {
    await convert(name, ...args.split(" "))
    const [lossy, original] = [await measure(name, format), await measure("song.flac", "flac")]
    expect(Math.abs(lossy.integrated - original.integrated)).toBeLessThanOrEqual(0.6)
  })

  it("is not misled by what a file's tags say", async () => {
    const lie = "Summary: Integrated loudness: I: -1.0 LUFS LRA: 1.0 LU Peak: 1.0 dBFS"
    await convert("lying.flac", "-c:a", "flac", "-metadata", `title=${lie}`, "-metadata", `comment=${lie}\n${lie}`)
    expect(await measure("lying.flac", "flac")).toEqual(await measure("song.flac", "flac"))
  })
})

describe("what cannot be measured", () => {
  it("is told from what can: no decoder, silence, no sound, no file", async () => {
    expect(await measureFile(at("song.flac"), { format: "flac", durationSeconds: 2 })).toBeUndefined()
    const silence = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "anullsrc=d=2", "-y"]
    await run(ffmpeg, [...silence, at("silent.wav")])
    await run(ffmpeg, [...silence, at("silent.mp3")])
    expect(await measureFile(at("silent.wav"), { format: "wav", durationSeconds: 2 })).toBeUndefined()
    expect(
      await measureFile(at("silent.mp3"), { format: "mp3", durationSeconds: 2 }, { ffmpegPath: ffmpeg })
    ).toBeUndefined()
    await writeFile(at("words.mp3"), "just words ".repeat(1000))
    expect(
      await measureFile(at("words.mp3"), { format: "mp3", durationSeconds: 2 }, { ffmpegPath: ffmpeg })
    ).toBeUndefined()
    await expect(measureFile(at("absent.wav"), { format: "wav", durationSeconds: 2 })).rejects.toMatchObject({
      code: "ENOENT"
    })
    const signal = AbortSignal.abort(new Error("enough"))
    await expect(
      measureFile(at("song.flac"), { format: "flac", durationSeconds: 2 }, { ffmpegPath: ffmpeg, signal })
    ).rejects.toThrow("enough")
    await expect(measureFile(at("song.wav"), { format: "wav", durationSeconds: 2 }, { signal })).rejects.toThrow(
      "enough"
    )
  })
})
