import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { coverArt } from "@veza/adapters/media"
import { CoverArt } from "@veza/domain/tracks"
import { Effect, Option } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { audioBytes } from "../support/product/audio.ts"
import { id3WithPictures, mp3With } from "../support/product/cover-art.ts"
import { photo, picture } from "../support/product/images.ts"

const run = promisify(execFile)
const limit = 1024 * 1024

let folder = ""
let mp3: Buffer
const at = (name: string) => join(folder, name)
const embedded = (path: string, maxBytes = limit): Promise<Buffer | undefined> =>
  Effect.runPromise(
    Effect.flatMap(CoverArt, (art) => art.embedded(path, maxBytes)).pipe(
      Effect.map((found) => Option.getOrUndefined(Option.map(found, (bytes) => Buffer.from(bytes)))),
      Effect.provide(coverArt)
    )
  )
const inFile = async (name: string, bytes: Uint8Array, maxBytes?: number) => {
  await writeFile(at(name), bytes)
  return embedded(at(name), maxBytes)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "veza-covers-"))
  mp3 = await audioBytes({ folder, format: "mp3", seconds: 1 })
  await writeFile(at("sound.mp3"), mp3)
  await writeFile(at("cover.jpg"), await photo())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The block of a FLAC picture (RFC 9639 §8.8). */
const flacPicture = (bytes: Buffer): Buffer => {
  const number = (value: number) => {
    const four = Buffer.alloc(4)
    four.writeUInt32BE(value)
    return four
  }
  const mime = Buffer.from("image/jpeg")
  const fields = [3, mime.length].map(number)
  const rest = [0, 300, 200, 24, 0, bytes.length].map(number)
  return Buffer.concat([...fields, mime, ...rest, bytes])
}

describe("a picture inside a file", () => {
  it.each([
    ["art.mp3", "-c:a copy -id3v2_version 3"],
    ["art.flac", "-c:a flac"],
    ["art.m4a", "-c:a aac"],
    ["art.aiff", "-c:a pcm_s16be -write_id3v2 1"]
  ])("is found in %s, byte for byte", async (name, args) => {
    const attached = "-map 0:a -map 1:v -c:v copy -disposition:v attached_pic"
    const inputs = ["-nostdin", "-v", "error", "-i", at("sound.mp3"), "-i", at("cover.jpg")]
    await run("ffmpeg", [...inputs, ...`${attached} ${args}`.split(" "), "-y", at(name)], { timeout: 60_000 })
    expect(await embedded(at(name))).toEqual(await readFile(at("cover.jpg")))
  })

  it("is found in Ogg, and in the ID3 chunk of a WAV file", async () => {
    const cover = await readFile(at("cover.jpg"))
    const block = flacPicture(cover).toString("base64")
    await writeFile(at("tags"), `;FFMETADATA1\nMETADATA_BLOCK_PICTURE=${block.replaceAll("=", String.raw`\=`)}\n`)
    const inputs = ["-nostdin", "-v", "error", "-i", at("sound.mp3"), "-i", at("tags"), "-map_metadata", "1"]
    await run("ffmpeg", [...inputs, "-c:a", "libvorbis", "-y", at("art.ogg")], { timeout: 60_000 })
    expect(await embedded(at("art.ogg"))).toEqual(cover)
    await run("ffmpeg", ["-nostdin", "-v", "error", "-i", at("sound.mp3"), "-y", at("plain.wav")], { timeout: 60_000 })
    const tag = id3WithPictures({ bytes: cover })
    const even = Buffer.concat([tag, Buffer.alloc(tag.length % 2)])
    const head = Buffer.alloc(8)
    head.write("id3 ", "latin1")
    head.writeUInt32LE(even.length, 4)
    const wav = Buffer.concat([await readFile(at("plain.wav")), head, even])
    wav.writeUInt32LE(wav.length - 8, 4)
    expect(await inFile("art.wav", wav)).toEqual(cover)
  })

  it("is the front where there are several, else the first, of those that are small enough", async () => {
    const [one, two, large] = [Buffer.alloc(10, 1), Buffer.alloc(10, 2), Buffer.alloc(200, 3)]
    const back = { bytes: one, type: 4 }
    expect(await inFile("several.mp3", mp3With(mp3, back, { bytes: two }))).toEqual(two)
    expect(await inFile("backs.mp3", mp3With(mp3, back, { bytes: two, type: 0 }))).toEqual(one)
    expect(await inFile("large.mp3", mp3With(mp3, { bytes: large }, back), 199)).toEqual(one)
    expect(await inFile("large.mp3", mp3With(mp3, { bytes: large }), 199)).toBeUndefined()
    expect(await inFile("empty.mp3", mp3With(mp3, { bytes: Buffer.alloc(0) }))).toBeUndefined()
  })

  it("is none where there is none, where tags are broken, where the file is none", async () => {
    expect(await embedded(at("sound.mp3"))).toBeUndefined()
    expect(await embedded(at("absent.mp3"))).toBeUndefined()
    expect(await inFile("words.mp3", Buffer.from("just words ".repeat(1000)))).toBeUndefined()
    const whole = mp3With(mp3, { bytes: await picture("png") })
    for (const length of [12, 20, 40, 500]) {
      expect((await inFile("cut.mp3", whole.subarray(0, length)))?.length ?? 0).toBeLessThan(500)
    }
    const lying = mp3With(mp3, { bytes: Buffer.alloc(100, 7) })
    lying.fill(0x7f, 14, 18)
    expect((await inFile("lying.mp3", lying))?.length ?? 0).toBeLessThan(limit)
  })

  it("is looked for in bounded time and memory, however many there are", async () => {
    const many = Array.from({ length: 3000 }, (_, n) => ({ bytes: Buffer.alloc(5000, n), type: n === 2999 ? 3 : 0 }))
    expect((await inFile("many.mp3", mp3With(mp3, ...many)))?.length).toBe(5000)
    const huge = Array.from({ length: 7 }, () => ({ bytes: Buffer.alloc(15 * 1024 * 1024, 1) }))
    expect(await inFile("huge.mp3", mp3With(mp3, ...huge))).toBeUndefined()
  })
})
