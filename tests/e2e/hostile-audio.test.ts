import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { join } from "node:path"
import { promisify } from "node:util"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes, wavHead } from "../support/product/audio.ts"
import {
  flacStating,
  id3,
  id3Frame,
  id3Picture,
  mp4Stating,
  wavStating,
  zipOf
} from "../support/product/hostile-audio.ts"
import { pngBomb } from "../support/product/images.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { begun, tusOf } from "../support/product/tus.ts"
import { readyTrack, tracksPath, upload } from "../support/product/upload.ts"
import { eicar } from "../support/services/index.ts"
import { freePorts } from "../support/services/ports.ts"
import { type Product, startProduct } from "../support/product.ts"

const run = promisify(execFile)
let product: Product
let creator: Account
/** Somewhere for playlists to lead. */
let trap: Server
let trapped = 0
let trapUrl: string
let made = 0

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  trapUrl = `http://127.0.0.1:${port}/sound.mp3`
  trap = createServer((_request, response) => {
    trapped++
    response.end()
  }).listen(port, "127.0.0.1")
  product = await startProduct({ workers: 1, env: { CLAMAV_REQUIRED: "true" } })
  creator = await signUpCreator(product)
})
afterAll(async () => {
  trap.close()
  await product.stop()
})

const flac = () => audioBytes({ folder: product.home, format: "flac", seconds: 1 })
const mp3 = () => audioBytes({ folder: product.home, format: "mp3", seconds: 1 })

/** Sound that nobody uploaded before, encoded by ffmpeg. */
const encode = async (name: string, args: string): Promise<Buffer> => {
  const file = join(product.home, name)
  const source = `sine=frequency=${300 + (made += 17)}:duration=3:sample_rate=48000`
  const head = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-ac", "2"]
  await run("ffmpeg", [...head, ...args.split(" "), "-metadata", "artist=Somebody", "-y", file], { timeout: 60_000 })
  return readFileSync(file)
}

/** Sends a file whole, and in parts, and expects the same refusal of both ways; nothing is kept of either. */
const expectRefused = async (name: string, bytes: Buffer, status = 415, code = "UNSUPPORTED_AUDIO") => {
  const before = product.files()
  expectRefusal(await upload(creator.byToken, { title: "Hostile" }, { name, bytes }), status, code, "file")
  const url = await begun(creator.byToken, bytes.length, name)
  expectRefusal(await tusOf(creator.byToken).send(url, 0, bytes), status, code, "file")
  expect(product.files()).toEqual(before)
}

const accept = async (name: string, bytes: Buffer, more: Record<string, string> = {}): Promise<TrackView> => {
  const reply = await upload(creator.byToken, { title: name, ...more }, { name, bytes })
  return readyTrack(creator.byToken, dataOf(TrackView, reply).id)
}

describe("real encodings", () => {
  it.each([
    ["cbr.mp3", "-c:a libmp3lame -b:a 192k", "audio/mpeg", /Layer 3/, false],
    ["vbr.mp3", "-c:a libmp3lame -q:a 4", "audio/mpeg", /Layer 3/, false],
    ["bare-vbr.mp3", "-c:a libmp3lame -q:a 4 -write_xing 0 -id3v2_version 0", "audio/mpeg", /Layer 3/, false],
    ["16.flac", "-c:a flac -sample_fmt s16", "audio/flac", /FLAC/, true],
    ["24.flac", "-c:a flac -sample_fmt s32", "audio/flac", /FLAC/, true],
    ["16.wav", "-c:a pcm_s16le", "audio/wav", /PCM/, true],
    ["24.wav", "-c:a pcm_s24le", "audio/wav", /PCM/, true],
    ["16.aiff", "-c:a pcm_s16be", "audio/aiff", /PCM/, true],
    ["vorbis.ogg", "-c:a libvorbis", "audio/ogg", /Vorbis/, false],
    ["opus.opus", "-c:a libopus -b:a 96k", "audio/ogg", /Opus/, false],
    ["aac.m4a", "-c:a aac", "audio/mp4", /AAC/, false],
    ["alac.m4a", "-c:a alac", "audio/mp4", /ALAC/, true],
    ["adts.aac", "-c:a aac -f adts", "audio/aac", /AAC|ADTS/, false]
  ] as const)("%s is accepted and ready with its facts", async (name, args, contentType, codec, lossless) => {
    const bytes = await encode(name, args)
    const track = await accept(name, bytes)
    expect(track).toMatchObject({
      content_type: contentType,
      channels: 2,
      sample_rate: 48_000,
      size_bytes: bytes.length
    })
    expect(track.codec).toMatch(codec)
    expect(track.lossless ?? false).toBe(lossless)
    expect(Math.abs((track.duration ?? 0) - 3)).toBeLessThan(0.1)
    expect(track.bitrate).toBeGreaterThan(8000)
    expect(track.has_waveform).toBe(true)
    const sound = await creator.byToken.get(`${tracksPath}/${track.id}/stream`)
    expect([sound.headers.get("content-type"), sound.bytes.equals(bytes)]).toEqual([contentType, true])
  })
})

describe("files that are two things at once", () => {
  const html = Buffer.from("<!doctype html><script>fetch('/api/v1/auth/me')</script>".padEnd(4000, " "))

  it("a page that begins with a tag of an MP3 is no sound", async () => {
    await expectRefused("page.mp3", Buffer.concat([id3(Buffer.alloc(20)), html]))
    await expectRefused("page2.mp3", id3(Buffer.concat([id3Frame("COMM", html)])))
  })

  it("an MP3 with a page in its tag or behind its end is an MP3, and never served as anything else", async () => {
    const sound = await mp3()
    for (const bytes of [Buffer.concat([id3(id3Frame("TXXX", html)), sound]), Buffer.concat([sound, html])]) {
      const track = await accept("page.mp3", bytes, { allow_duplicate: "true" })
      const { headers } = await new Session(product.url).get(`${tracksPath}/${track.id}/stream`)
      expect(Object.fromEntries(headers)).toMatchObject({
        "content-type": "audio/mpeg",
        "x-content-type-options": "nosniff",
        "content-security-policy": expect.stringContaining("default-src 'none'")
      })
      expect(Math.abs((track.duration ?? 0) - 1)).toBeLessThan(0.2)
    }
  })

  it("a WAV with an archive behind it is a WAV of its own length; with a virus in the archive it is refused", async () => {
    const sound = Buffer.alloc(176_400, 11)
    const wav = Buffer.concat([wavHead(sound.length), sound])
    const track = await accept("a.wav", Buffer.concat([wav, zipOf("page.html", html)]))
    expect([track.content_type, track.duration]).toEqual(["audio/wav", 1])
    const infected = zipOf("a.com", Buffer.from(eicar, "latin1"))
    await expectRefused("b.wav", Buffer.concat([wav, infected]), 422, "INFECTED_FILE")
    await expectRefused("zip.wav", zipOf("a.wav", wav))
  })
})

describe("files that are less than they say", () => {
  it("nothing, and next to nothing", async () => {
    const empty = { name: "a.mp3", bytes: Buffer.alloc(0) }
    expectRefusal(await upload(creator.byToken, { title: "T" }, empty), 415, "UNSUPPORTED_AUDIO", "file")
    for (const name of ["a.mp3", "a.wav", "a.m4a"]) await expectRefused(name, Buffer.from([0xff]))
  })

  it.each([
    ["cut.flac", "-c:a flac"],
    ["cut.mp3", "-c:a libmp3lame -b:a 128k"],
    ["cut.ogg", "-c:a libvorbis"],
    ["cut.m4a", "-c:a aac -movflags +faststart"],
    ["cut.aiff", "-c:a pcm_s16be"]
  ])("%s, cut after its head", async (name, args) => {
    await expectRefused(name, (await encode(name, args)).subarray(0, 300))
  })

  it("a WAV that states 4 GiB has the duration of what is there", async () => {
    const track = await accept("huge.wav", wavStating(0xffffffff, Buffer.alloc(176_400, 12)))
    expect(track.duration).toBe(1)
  })

  it.each([
    ["a FLAC that states two days", "a.flac", async () => flacStating(await flac(), 2 ** 33)],
    ["an MP4 whose boxes state 4 GiB", "a.m4a", async () => mp4Stating(0xfffffff0)],
    ["an MP4 whose boxes state nothing", "a.m4a", async () => mp4Stating(8)],
    ["a tag that states 256 MiB", "a.mp3", async () => id3(Buffer.alloc(100), 0x0fffffff)],
    ["a WAV of no channels", "a.wav", async () => wavHead(1000).fill(0, 22, 24)]
  ] as const)("%s", async (_what, name, make) => {
    await expectRefused(name, await make())
  })
})

describe("pictures in tags", () => {
  it("that would be enormous once decoded are not decoded", async () => {
    const bomb = pngBomb(30_000)
    const sound = await mp3()
    const track = await accept("bomb.mp3", Buffer.concat([id3(id3Picture("image/png", bomb)), sound]))
    expect(Math.abs((track.duration ?? 0) - 1)).toBeLessThan(0.2)
    const many = Array.from({ length: 200 }, () => id3Picture("image/png", Buffer.alloc(20_000, 1)))
    await accept("many.mp3", Buffer.concat([id3(Buffer.concat(many)), sound]), { allow_duplicate: "true" })
    await accept("none.mp3", Buffer.concat([id3(id3Picture("image/svg+xml", Buffer.from("<svg/>"))), sound]), {
      allow_duplicate: "true"
    })
    for (const child of [product.apiProcess(), product.workerProcess()]) {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8")
      const peak = Number(/VmHWM:\s+(\d+) kB/u.exec(status)?.[1]) / 1024
      expect(peak).toBeLessThan(600)
    }
  })
})

describe("playlists that are called sound", () => {
  const lists: ReadonlyArray<readonly [string, (url: string) => string]> = [
    ["m3u", (url) => `#EXTM3U\n#EXTINF:1,Title\n${url}\nfile:///etc/passwd\n`],
    ["pls", (url) => `[playlist]\nFile1=${url}\nNumberOfEntries=1\nVersion=2\n`],
    ["concat", (url) => `ffconcat version 1.0\nfile '/etc/passwd'\nfile '${url}'\n`],
    ["hls", (url) => `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`],
    ["dash", (url) => `<?xml version="1.0"?><MPD><Period><BaseURL>${url}</BaseURL></Period></MPD>`],
    ["xspf", (url) => `<playlist><trackList><track><location>${url}</location></track></trackList></playlist>`]
  ]

  it.each(lists)("%s is refused under every name, and leads nowhere", async (_name, make) => {
    const text = Buffer.from(make(trapUrl).padEnd(2000, "\n"))
    for (const name of ["a.mp3", "a.wav", "a.m4a", "a.aac"]) await expectRefused(name, text)
    await expectRefused("tagged.mp3", Buffer.concat([id3(Buffer.alloc(30)), text]))
    expect(trapped).toBe(0)
  })

  it("behind a real sound it is never read", async () => {
    const sound = await mp3()
    await accept("sound.mp3", Buffer.concat([sound, Buffer.from(`\n#EXTM3U\n${trapUrl}\n`)]))
    expect(trapped).toBe(0)
  })
})
