import { createHash } from "node:crypto"
import { execFile } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { promisify } from "node:util"
import { DateTime, Effect, Fiber, Layer, ManagedRuntime, Option } from "effect"
import { expect, it } from "@effect/vitest"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll, describe } from "vitest"
import { audioAnalysis, renditionEncoder } from "@veza/adapters/media"
import { memoryAdapters } from "@veza/adapters/memory"
import { localRenditionFiles } from "@veza/adapters/storage"
import { Ids, UserId } from "@veza/domain/kernel"
import {
  AudioAnalysis,
  type AudioFormat,
  buildBackoff,
  buildRenditions,
  maxBuildAttempts,
  RenditionBuilds,
  RenditionFiles,
  TrackFiles,
  TrackId,
  Tracks,
  UploadId,
  wantMissingRenditions
} from "@veza/domain/tracks"
import { addTrack } from "../contracts/samples.ts"
import { decode, primingOf, readMedia } from "../support/hls.ts"

const run = promisify(execFile)

let folder = ""
const runtimeOf = (root: string) =>
  ManagedRuntime.make(
    Layer.mergeAll(memoryAdapters, localRenditionFiles(root), audioAnalysis(undefined), renditionEncoder(undefined))
  )
let runtime: ReturnType<typeof runtimeOf>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "veza-hls-"))
  runtime = runtimeOf(folder)
})
afterAll(async () => {
  await runtime.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** A ready track of a file, that wants renditions. */
const readyTrack = Effect.fnUntraced(function* (file: string, format: AudioFormat) {
  const { entity } = yield* Ids
  const [userId, trackId, upload] = [
    UserId.make(yield* entity),
    TrackId.make(yield* entity),
    UploadId.make(yield* entity)
  ]
  const storageKey = `tracks/${userId}/${trackId}.${format}`
  const files = yield* TrackFiles
  const writer = yield* files.quarantine(upload)
  const content = yield* Effect.promise(() => readFile(file))
  yield* writer.write(content)
  const contentHash = createHash("sha256").update(content).digest("hex")
  yield* files.promote(upload, { storageBackend: "local", storageKey, contentHash })
  const track = yield* addTrack(userId, { id: trackId, format, storageKey, contentHash })
  const { facts, tags } = yield* (yield* AudioAnalysis).probe(file)
  const now = yield* DateTime.now
  yield* (yield* Tracks).markReady(track.id, { facts, tags, peaks: undefined }, now)
  yield* (yield* RenditionBuilds).want(track.id, now)
  return track
}, Effect.scoped)

const build = Effect.fnUntraced(function* (file: string, format: AudioFormat) {
  const track = yield* readyTrack(file, format)
  const report = yield* buildRenditions()
  const sound = Option.getOrThrow(yield* (yield* Tracks).soundOf(track.id))
  return { track, report, set: sound.hls }
})

const published = async (file: string, format: AudioFormat) => {
  const { track, report, set } = await runtime.runPromise(build(file, format))
  expect(report).toEqual({ trackId: track.id, outcome: "made" })
  if (set === null) throw new Error("There are no renditions.")
  const root = join(folder, "hls", track.userId, track.id, set.build)
  return { set, root, playlist: (name: string) => join(root, name, "index.m3u8") }
}

const make = async (name: string, source: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const file = join(folder, name)
  await run("ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, ...args, "-y", file])
  return file
}
const music = (seconds: number, rate: number) =>
  `aevalsrc=0.4*sin(2*PI*(220+40*sin(t))*t)+0.1*random(0):d=${seconds}:s=${rate}`

const every = ["aac-64", "aac-128", "aac-256"]
const sources: ReadonlyArray<
  readonly [name: string, format: AudioFormat, source: string, args: string, renditions: ReadonlyArray<string>]
> = [
  ["44.flac", "flac", music(13.7, 44_100), "-ac 2 -sample_fmt s16", ["flac", ...every]],
  ["48.flac", "flac", music(12.1, 48_000), "-ac 2 -sample_fmt s32", ["flac", ...every]],
  ["96.flac", "flac", music(8.3, 96_000), "-ac 2 -sample_fmt s32", ["flac", ...every]],
  ["192.wav", "wav", music(7.7, 192_000), "-ac 2 -c:a pcm_s24le", ["flac", ...every]],
  ["mono.flac", "flac", music(9, 44_100), "-ac 1", ["flac", "aac-64", "aac-128"]],
  ["mono.mp3", "mp3", music(9, 44_100), "-ac 1 -c:a libmp3lame -b:a 64k", ["aac-64"]],
  ["stereo.mp3", "mp3", music(13, 44_100), "-ac 2 -c:a libmp3lame -b:a 128k", ["aac-64", "aac-128"]],
  ["long.mp3", "mp3", music(31, 44_100), "-ac 2 -c:a libmp3lame -b:a 320k", every],
  ["minute.flac", "flac", music(60, 44_100), "-ac 2 -sample_fmt s16", ["flac", ...every]],
  ["short.wav", "wav", music(0.3, 44_100), "-ac 2 -c:a pcm_s16le", ["flac", ...every]],
  ["short.mp3", "mp3", music(0.3, 44_100), "-ac 2 -c:a libmp3lame -b:a 128k", ["aac-64", "aac-128"]],
  ["odd.wav", "wav", music(7, 37_800), "-ac 2 -c:a pcm_s16le", every],
  ["low.mp3", "mp3", music(14, 22_050), "-ac 1 -c:a libmp3lame -b:a 32k", ["aac-64"]],
  ["opus.ogg", "ogg", music(13, 48_000), "-ac 2 -c:a libopus -b:a 96k", ["aac-64"]],
  ["five.flac", "flac", music(8, 48_000), "-ac 6 -sample_fmt s16", ["flac", ...every]],
  // One sample more than whole segments: no segment of its own.
  ["rest.wav", "wav", `${music(20, 44_100)},atrim=end_sample=266241`, "-ac 2 -c:a pcm_s16le", ["flac", ...every]],
  ["exact.wav", "wav", `${music(20, 44_100)},atrim=end_sample=532480`, "-ac 2 -c:a pcm_s16le", ["flac", ...every]]
]

/** What the files of a set are, on disk. */
const filesOf = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("."))

describe("renditions", () => {
  it.each(sources)(
    "of %s begin together and last as long as the source",
    async (name, format, source, args, names) => {
      const file = await make(name, source, ...args.split(" "))
      const { set, root, playlist } = await published(file, format)
      expect(set.renditions.map((one) => one.name)).toEqual(names)
      const original = await decode(file)
      const seconds = original.samples / original.sampleRate
      const durations: Array<ReadonlyArray<number>> = []
      for (const rendition of set.renditions) {
        const read = readMedia(readFileSync(playlist(rendition.name), "utf8"))
        durations.push(read.segments.map(({ duration }) => duration))
        expect([read.playlistType, read.endlist, read.version]).toEqual(["VOD", true, 7])
        const heard = await decode(playlist(rendition.name))
        if (rendition.name === "flac") {
          expect(heard).toEqual(original)
          expect(rendition.codecs).toBe("fLaC")
        } else {
          const init = readFileSync(join(root, rendition.name, "init.mp4"))
          const samples = heard.samples - primingOf(init)
          expect(Math.abs(samples - seconds * heard.sampleRate)).toBeLessThanOrEqual(1024)
          expect(heard.channels).toBe(Math.min(2, original.channels))
          expect(rendition.codecs).toBe("mp4a.40.2")
        }
        const stated = read.segments.reduce((sum, { duration }) => sum + duration, 0)
        expect(Math.abs(stated - seconds)).toBeLessThanOrEqual(1024 / heard.sampleRate)
        const files = read.segments.map(({ uri }) => readFileSync(join(root, rendition.name, uri)))
        const bits = files.reduce((sum, { length }) => sum + length * 8, 0)
        expect(rendition.averageBandwidth).toBe(Math.ceil(bits / stated))
        expect(rendition.bandwidth).toBeGreaterThanOrEqual(rendition.averageBandwidth)
      }
      for (const each of durations) {
        expect(each).toHaveLength(durations[0]?.length ?? 0)
        expect(each.slice(0, -1)).toEqual(durations[0]?.slice(0, -1))
        expect(each.at(-1)).toBeCloseTo(durations[0]?.at(-1) ?? 0, 2)
      }
      const listed = set.renditions.flatMap((one) => [
        `${one.name}/index.m3u8`,
        `${one.name}/init.mp4`,
        ...readMedia(readFileSync(playlist(one.name), "utf8")).segments.map(({ uri }) => `${one.name}/${uri}`)
      ])
      expect(filesOf(root).toSorted()).toEqual(listed.toSorted())
    },
    600_000
  )
})

describe("a track whose renditions cannot be made", () => {
  const failing = (ffmpegPath: string) =>
    Layer.mergeAll(memoryAdapters, localRenditionFiles(folder), audioAnalysis(undefined), renditionEncoder(ffmpegPath))
  const script = async (name: string, body: string): Promise<string> => {
    const file = join(folder, name, "ffmpeg")
    await mkdir(dirname(file), { recursive: true })
    const answer = '[ "$1" = -version ] && { echo "ffmpeg version 5"; exit; }'
    await writeFile(file, `#!/bin/sh\n${answer}\n${body}\n`, { mode: 0o755 })
    await writeFile(file.replace(/ffmpeg$/u, "ffprobe"), '#!/bin/sh\necho "ffprobe version 5"\n', { mode: 0o755 })
    return file
  }

  const cases = [
    ["fails", "echo 'no such codec' >&2; exit 3", /ffmpeg ended with 3: no such codec/u],
    ["says nothing", "exit 0", /no sound/u],
    ["writes no MP4", "head -c 100000 /dev/zero", /impossible size/u],
    ["stops in the middle", 'ffmpeg "$@" | head -c 9000', /cut short/u],
    ["writes without end", "while :; do printf '\\000\\000\\100\\000free%16376s'; done", /far longer/u]
  ] as const
  it.effect.each(cases)(
    "because ffmpeg %s is tried again, some times, and stays ready without them",
    ([name, body, why]) =>
      Effect.gen(function* () {
        const file = yield* Effect.promise(() => make(`for-${name.replaceAll(" ", "-")}.wav`, music(1, 44_100)))
        const ffmpeg = yield* Effect.promise(() => script(name, body))
        const work = Effect.gen(function* () {
          const { id, userId } = yield* readyTrack(file, "wav")
          const outcomes: Array<string> = []
          for (let i = 0; i < maxBuildAttempts; i++) {
            const report = yield* buildRenditions()
            expect(report?.reason).toMatch(why)
            outcomes.push(report?.outcome ?? "")
            expect(yield* buildRenditions()).toBeUndefined()
            expect(readdirSync(join(folder, "hls", userId, id))).toEqual([])
            yield* TestClock.adjust(`${buildBackoff(i + 1)} minutes`)
          }
          expect(outcomes).toEqual(["failed", "failed", "failed", "given_up"])
          expect(yield* buildRenditions()).toBeUndefined()
          const sound = Option.getOrThrow(yield* (yield* Tracks).soundOf(id))
          expect([sound.status, sound.hls]).toEqual(["ready", null])
          expect(yield* wantMissingRenditions(false)).toBe(0)
          expect(yield* wantMissingRenditions(true)).toBe(1)
          expect((yield* buildRenditions())?.outcome).toBe("failed")
        })
        yield* Effect.provide(work, failing(ffmpeg))
      })
  )

  it.effect("gets them when what was wrong is mended, and nothing of the tries before is left", () =>
    Effect.gen(function* () {
      const file = yield* Effect.promise(() => make("mended.wav", music(14, 44_100)))
      const flag = join(folder, "broken")
      yield* Effect.promise(() => writeFile(flag, ""))
      const ffmpeg = yield* Effect.promise(() =>
        script("mended", `case "$*" in *flac*) ;; *) [ -e '${flag}' ] && exit 1 ;; esac\nexec ffmpeg "$@"`)
      )
      const work = Effect.gen(function* () {
        const { id, userId } = yield* readyTrack(file, "wav")
        expect((yield* buildRenditions())?.outcome).toBe("failed")
        yield* Effect.promise(() => rm(flag))
        yield* TestClock.adjust("1 minute")
        expect((yield* buildRenditions())?.outcome).toBe("made")
        const sound = Option.getOrThrow(yield* (yield* Tracks).soundOf(id))
        expect(readdirSync(join(folder, "hls", userId, id))).toEqual([sound.hls?.build])
      })
      yield* Effect.provide(work, failing(ffmpeg))
    })
  )
})

it.effect("renditions are made when they are recorded, however long cleaning up takes", () =>
  Effect.gen(function* () {
    const file = yield* Effect.promise(() => make("slow.wav", music(1, 44_100)))
    const slow = Layer.effect(
      RenditionFiles,
      Effect.map(RenditionFiles, (files) =>
        RenditionFiles.of({
          ...files,
          begin: (set) =>
            Effect.tap(files.begin(set), () => Effect.addFinalizer(() => Effect.orDie(Effect.sleep("1 minute"))))
        })
      )
    ).pipe(Layer.provide(localRenditionFiles(folder)))
    const work = Effect.gen(function* () {
      const { id } = yield* readyTrack(file, "wav")
      const building = yield* Effect.forkChild(buildRenditions())
      const isRecorded = Effect.map((yield* Tracks).soundOf(id), (sound) => Option.getOrThrow(sound).hls !== null)
      while (!(yield* isRecorded)) yield* Effect.promise(() => pause(20))
      yield* TestClock.adjust("2 minutes")
      expect(yield* Fiber.join(building)).toEqual({ trackId: id, outcome: "made" })
    })
    const media = Layer.merge(audioAnalysis(undefined), renditionEncoder(undefined))
    yield* Effect.provide(work, Layer.mergeAll(memoryAdapters, slow, media))
  })
)
