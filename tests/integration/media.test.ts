import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

import {
  drawWaveform,
  findFfmpeg,
  NotAudio,
  probeAudio,
  renderSong,
  sampleSongs,
  sniffAudioFile,
  songFrames,
  songSampleRate,
  writeSample
} from "@veza/adapters/media"
import { type AudioFormat, audioFormatNames } from "@veza/domain/tracks"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const run = promisify(execFile)
const whole = sampleSongs[3] ?? expect.fail("no sample song")
/** The first bars only, for speed. */
const song = { ...whole, style: { ...whole.style, progression: whole.style.progression.slice(0, 1) } }
const seconds = songFrames(song) / songSampleRate
const { title, artist, album, genre, year, bpm, musicalKey } = song
const ffmpeg = (await findFfmpeg())?.ffmpeg ?? expect.fail("ffmpeg is not installed")

let folder = ""
const at = (name: string) => join(folder, name)
const convert = (from: string, to: string, ...args: ReadonlyArray<string>) =>
  run(ffmpeg, ["-nostdin", "-v", "error", "-i", at(from), ...args, "-y", at(to)], { timeout: 60_000 })

const encodings: ReadonlyArray<readonly [file: string, format: AudioFormat, codec: RegExp, args: string]> = [
  ["cbr.mp3", "mp3", /Layer 3/, "-c:a libmp3lame -b:a 128k"],
  ["vbr.mp3", "mp3", /Layer 3/, "-c:a libmp3lame -q:a 4"],
  ["headerless-vbr.mp3", "mp3", /Layer 3/, "-c:a libmp3lame -q:a 4 -write_xing 0"],
  ["low.mp3", "mp3", /Layer 3/, "-c:a libmp3lame -b:a 32k -ar 22050 -ac 1"],
  ["16.flac", "flac", /FLAC/, "-c:a flac -sample_fmt s16"],
  ["24.flac", "flac", /FLAC/, "-c:a flac -sample_fmt s32"],
  ["8.wav", "wav", /PCM/, "-c:a pcm_u8"],
  ["24.wav", "wav", /PCM/, "-c:a pcm_s24le"],
  ["float.wav", "wav", /PCM|IEEE/, "-c:a pcm_f32le"],
  ["adpcm.wav", "wav", /ADPCM/, "-c:a adpcm_ms"],
  ["rf64.wav", "wav", /PCM/, "-c:a pcm_s16le -rf64 always"],
  ["16.aiff", "aiff", /PCM/, "-c:a pcm_s16be -write_id3v2 1"],
  ["little.aiff", "aiff", /PCM/, "-c:a pcm_s16le"],
  ["vorbis.ogg", "ogg", /Vorbis/, "-c:a libvorbis"],
  ["opus.opus", "ogg", /Opus/, "-c:a libopus -b:a 48k"],
  ["aac.m4a", "m4a", /AAC/, "-c:a aac"],
  ["fast.m4a", "m4a", /AAC/, "-c:a aac -movflags +faststart"],
  ["alac.m4a", "m4a", /ALAC/, "-c:a alac"],
  ["adts.aac", "aac", /ADTS|AAC/, "-c:a aac -f adts"]
]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "veza-media-"))
  await writeSample(song, "wav", at("sample.wav"))
  await Promise.all(encodings.map(([file, , , args]) => convert("sample.wav", file, ...args.split(" "))))
}, 60_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe("encoded music", () => {
  it.each(encodings)("%s is found to be %s with its duration", async (file, format, codec) => {
    expect(await sniffAudioFile(at(file))).toBe(format)
    const facts = await probeAudio(at(file))
    expect(facts.format).toBe(format)
    expect(facts.codec).toMatch(codec)
    expect(Math.abs(facts.durationSeconds - seconds)).toBeLessThan(0.1)
    expect(facts.channels).toBe(file.startsWith("low") ? 1 : 2)
  })

  it.each(["vbr.mp3", "16.flac", "16.aiff", "vorbis.ogg", "opus.opus", "aac.m4a"])(
    "%s gives its tags back",
    async (file) => {
      const { tags } = await probeAudio(at(file))
      expect(tags).toMatchObject({ title, artist, album, genre, year })
    }
  )

  it.each(encodings.map(([file]) => file))("%s gives the waveform of the music", async (file) => {
    const original = await drawWaveform(at("sample.wav"), await probeAudio(at("sample.wav")), { count: 50 })
    const drawn = await drawWaveform(at(file), await probeAudio(at(file)), { count: 50, ffmpegPath: ffmpeg })
    expect(drawn).toHaveLength(50)
    const differences = drawn?.map((peak, i) => Math.abs(peak - (original?.[i] ?? 0))) ?? []
    expect(differences.reduce((sum, difference) => sum + difference, 0) / 50).toBeLessThan(16)
  })

  it("is drawn without ffmpeg when it is PCM, whatever its byte order, and not otherwise", async () => {
    const facts = await probeAudio(at("16.aiff"))
    expect(await drawWaveform(at("16.aiff"), facts)).toEqual(
      await drawWaveform(at("little.aiff"), await probeAudio(at("little.aiff")))
    )
    expect(await drawWaveform(at("16.flac"), await probeAudio(at("16.flac")))).toBeUndefined()
    expect(await drawWaveform(at("adpcm.wav"), await probeAudio(at("adpcm.wav")))).toBeUndefined()
  })

  it("is judged by its content when an ID3 tag hides its start", async () => {
    const tag = Buffer.concat([Buffer.from("ID3\x04\0\0\0\x08\0\0", "latin1"), Buffer.alloc(131_072)])
    for (const [file, format] of [
      ["16.flac", "flac"],
      ["adts.aac", "aac"],
      ["cbr.mp3", "mp3"]
    ] as const) {
      await writeFile(at("tagged"), Buffer.concat([tag, await readFile(at(file))]))
      const facts = await probeAudio(at("tagged"))
      expect(facts.format).toBe(format)
      expect(Math.abs(facts.durationSeconds - seconds)).toBeLessThan(0.1)
      expect(await drawWaveform(at("tagged"), facts, { ffmpegPath: ffmpeg })).toHaveLength(800)
    }
  })
})

describe("sample songs", () => {
  it.each(["wav", "flac", "mp3"] as const)(
    "are written as %s with all their tags, leaving nothing else",
    async (format) => {
      const file = at(`${title}.${format}`)
      await writeSample(song, format, file, { ffmpegPath: ffmpeg })
      const facts = await probeAudio(file)
      expect(facts).toMatchObject({ format, sampleRate: 44_100, channels: 2, lossless: format !== "mp3" })
      expect(facts.tags).toEqual({ title, artist, album, genre, year, bpm, musicalKey })
      const probed = await run("ffprobe", ["-v", "error", "-show_entries", "format_tags", "-of", "json", file])
      expect(JSON.parse(probed.stdout)).toMatchObject({ format: { tags: { title, artist, album, genre } } })
      expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([])
    }
  )

  it("are refused in FLAC and MP3 without ffmpeg, and leave nothing when aborted", async () => {
    await expect(writeSample(song, "flac", at("none.flac"))).rejects.toThrow("without ffmpeg")
    await expect(writeSample(song, "wav", at("none.wav"), { signal: AbortSignal.abort() })).rejects.toThrow()
    expect((await readdir(folder)).filter((name) => name.startsWith("none"))).toEqual([])
  })

  it("are 5 to 12 seconds of unclipped sound that fades out, always the same", () => {
    const blocks = [...renderSong(song)]
    const loudest = blocks.reduce((most, block) => block.reduce((high, s) => Math.max(high, Math.abs(s)), most), 0)
    expect(loudest).toBeGreaterThan(0.3)
    expect(loudest).toBeLessThan(0.95)
    expect(Math.abs(blocks.at(-1)?.at(-1) ?? 1)).toBeLessThan(0.001)
    expect([...renderSong(song)].at(40)).toEqual(blocks.at(40))
    for (const each of sampleSongs) {
      expect(songFrames(each) / songSampleRate).toBeGreaterThan(5)
      expect(songFrames(each) / songSampleRate).toBeLessThan(12)
    }
  })
})

describe("what is no audio", () => {
  const junk: ReadonlyArray<readonly [string, () => Promise<unknown>]> = [
    ["empty.mp3", () => writeFile(at("empty.mp3"), "")],
    ["text.mp3", () => writeFile(at("text.mp3"), "not music at all ".repeat(5000))],
    [
      "tag-only.mp3",
      () =>
        writeFile(at("tag-only.mp3"), Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x0a", "latin1"), Buffer.alloc(10)]))
    ],
    ["lying-tag.mp3", () => writeFile(at("lying-tag.mp3"), "ID3\x04\0\0\x7f\x7f\x7f\x7f")],
    ["header.wav", () => writeFile(at("header.wav"), "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0")],
    ["broken.wav", () => writeFile(at("broken.wav"), `RIFF\x24\0\0\0WAVE${"x".repeat(4000)}`)],
    ["broken.m4a", () => writeFile(at("broken.m4a"), `\0\0\0\x20ftypM4A ${"x".repeat(4000)}`)],
    [
      "broken.ogg",
      () => writeFile(at("broken.ogg"), `OggS\0\x02${"\0".repeat(20)}\x01\x08OpusHead${"x".repeat(4000)}`)
    ],
    [
      "video.m4a",
      () => run(ffmpeg, ["-v", "error", "-f", "lavfi", "-i", "color=s=64x64:d=1", "-f", "mp4", at("video.m4a")])
    ],
    ...["16.flac", "vbr.mp3", "16.aiff", "fast.m4a", "aac.m4a", "vorbis.ogg", "sample.wav"].map(
      (name) =>
        [
          `cut-${name}`,
          async () => {
            await writeFile(at(`cut-${name}`), await readFile(at(name)))
            await truncate(at(`cut-${name}`), 300)
          }
        ] as const
    )
  ]

  it.each(junk)("%s is refused", async (name, make) => {
    await make()
    await expect(probeAudio(at(name))).rejects.toBeInstanceOf(NotAudio)
  })

  it("is told from a file that cannot be read and from a call that was aborted", async () => {
    await expect(probeAudio(at("absent.mp3"))).rejects.toMatchObject({ code: "ENOENT" })
    await expect(probeAudio(at("cbr.mp3"), AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough")
    const facts = await probeAudio(at("cbr.mp3"))
    const options = { ffmpegPath: ffmpeg, signal: AbortSignal.abort(new Error("enough")) }
    await expect(drawWaveform(at("cbr.mp3"), facts, options)).rejects.toThrow("enough")
    expect(await findFfmpeg(at("no-ffmpeg"))).toBeUndefined()
    expect(audioFormatNames).toHaveLength(7)
  })
})
