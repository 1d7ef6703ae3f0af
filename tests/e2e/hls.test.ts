import { existsSync, globSync, readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { createRequire } from "node:module"
import { join } from "node:path"
import { Schema } from "effect"
import type { Browser, Page } from "playwright-core"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startBrowser } from "../support/guards/browser.ts"
import { readMaster, readMedia } from "../support/hls.ts"
import { type Account, logIn, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { tracksPath, upload, uploadReady } from "../support/product/upload.ts"
import { freePorts } from "../support/services/ports.ts"
import { type Product, startProduct } from "../support/product.ts"

const seconds = 20
/** Milliseconds until a page counts as broken: many, for the first pages wait for a cold browser on a busy machine. */
const patience = 60_000
const mpegurl = "application/vnd.apple.mpegurl"

let product: Product
let creator: Account
let stranger: Account
let guest: Session
let frontEnd: Server
let frontEndUrl: string
let publicId: string
let privateId: string
let song: Buffer

const hlsJs = readFileSync(createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js"))
const player =
  '<!doctype html><link rel="icon" href="data:,"><h1>Player</h1><audio controls crossorigin></audio><pre></pre><script src="/hls.js"></script>'

const startFrontEnd = async (): Promise<void> => {
  const [port = 0] = await freePorts(1)
  frontEnd = createServer((request, response) => {
    const isScript = request.url === "/hls.js"
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8")
    response.end(isScript ? hlsJs : player)
  }).listen(port, "127.0.0.1")
  frontEndUrl = `http://127.0.0.1:${port}`
}

const hlsPath = (id: string, file = "master.m3u8"): string => `${tracksPath}/${id}/hls/${file}`

/** Waits until a track can be played over HLS. */
const hlsReady = (session: Session, id: string): Promise<TrackView> =>
  eventually(
    `track ${id} ready for HLS`,
    async () => {
      const track = dataOf(TrackView, await session.get(`${tracksPath}/${id}`))
      return track.hls_ready && track
    },
    180_000
  )

const shareOf = async (id: string): Promise<{ readonly id: string; readonly token: string }> =>
  dataOf(
    Schema.Struct({ id: Schema.String, token: Schema.String }),
    await creator.byToken.post(`${tracksPath}/${id}/share`, {})
  )

const codeOf = async (session: Session, path: string): Promise<string> => {
  const reply = await session.get(path)
  return reply.status < 400 ? String(reply.status) : `${reply.status} ${failureOf(reply).code}`
}

beforeAll(async () => {
  await startFrontEnd()
  product = await startProduct({
    env: { CLAMAV_REQUIRED: "false", CORS_ALLOWED_ORIGINS: frontEndUrl, HLS_STREAMING: "true" }
  })
  ;[creator, stranger] = await Promise.all([signUpCreator(product), signUpCreator(product)])
  guest = new Session(product.url)
  song = await readFile(await makeAudio({ folder: product.home, format: "flac", seconds, noise: true }))
  publicId = (await uploadReady(creator.byToken, "For all", { name: "a.flac", bytes: song })).id
  const other = await readFile(await makeAudio({ folder: product.home, format: "mp3", seconds }))
  const hidden = { title: "For few", is_public: "false" }
  privateId = dataOf(TrackView, await upload(creator.byToken, hidden, { name: "b.mp3", bytes: other })).id
  await Promise.all([publicId, privateId].map((id) => hlsReady(creator.byToken, id)))
})
afterAll(async () => {
  frontEnd?.close()
  frontEnd?.closeAllConnections()
  await product?.stop()
})

describe("a track over HLS", () => {
  it("has a master playlist of its renditions, the least demanding first", async () => {
    const reply = await guest.get(hlsPath(publicId))
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, mpegurl])
    const { variants, independentSegments } = readMaster(reply.bytes.toString())
    expect(independentSegments).toBe(true)
    expect(variants.map(({ uri, codecs }) => [uri, codecs])).toEqual([
      ["aac-64/index.m3u8", "mp4a.40.2"],
      ["aac-128/index.m3u8", "mp4a.40.2"],
      ["aac-256/index.m3u8", "mp4a.40.2"],
      ["flac/index.m3u8", "fLaC"]
    ])
    for (const { bandwidth, averageBandwidth } of variants)
      expect(bandwidth).toBeGreaterThanOrEqual(averageBandwidth ?? 0)
  })

  it("is there whole: every playlist, initialisation and segment, with types, tags and caching", async () => {
    for (const { uri } of readMaster((await guest.get(hlsPath(publicId))).bytes.toString()).variants) {
      const media = await guest.get(hlsPath(publicId, uri))
      expect([media.status, media.headers.get("content-type")]).toEqual([200, mpegurl])
      const { segments } = readMedia(media.bytes.toString())
      expect(segments.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(seconds, 1)
      const rendition = uri.split("/")[0] ?? ""
      for (const file of ["init.mp4", ...segments.map((segment) => segment.uri)]) {
        const reply = await guest.get(hlsPath(publicId, `${rendition}/${file}`))
        expect([reply.status, reply.headers.get("content-type"), reply.headers.get("cache-control")]).toEqual([
          200,
          "audio/mp4",
          "public, max-age=60"
        ])
        expect(reply.bytes.toString("latin1", 4, 8)).toBe(file === "init.mp4" ? "ftyp" : "moof")
      }
    }
  })

  it("answers ranges, conditions and HEAD as the stream does", async () => {
    for (const file of ["master.m3u8", "aac-64/index.m3u8", "aac-64/seg-00000.m4s"]) {
      const path = hlsPath(publicId, file)
      const whole = await guest.get(path)
      const etag = whole.headers.get("etag") ?? ""
      expect(etag).toMatch(/^"[^"]+"$/u)
      expect((await guest.get(path, { "if-none-match": etag })).status).toBe(304)
      const part = await guest.get(path, { range: "bytes=10-19" })
      expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 10-19/${whole.bytes.length}`])
      expect(part.bytes.equals(whole.bytes.subarray(10, 20))).toBe(true)
      expect((await guest.get(path, { range: "bytes=99999999-" })).status).toBe(416)
      const head = await guest.call("HEAD", path)
      expect([head.status, head.headers.get("content-length"), head.bytes.length]).toEqual([
        200,
        String(whole.bytes.length),
        0
      ])
    }
  })

  it("has no other files", async () => {
    const refused = {
      "aac-64/seg-99999.m4s": "404 HLS_UNAVAILABLE",
      "aac-64/seg-1.m4s": "400 VALIDATION_FAILED",
      "aac-320/index.m3u8": "400 VALIDATION_FAILED",
      "aac-64/..%2findex.m3u8": "400 VALIDATION_FAILED",
      "aac-64/%2e%2e%2f%2e%2e%2finit.mp4": "400 VALIDATION_FAILED",
      "..%2f..%2ftracks/init.mp4": "400 VALIDATION_FAILED",
      "aac-64/index.m3u8%00": "400 VALIDATION_FAILED"
    }
    for (const [file, outcome] of Object.entries(refused))
      expect(await codeOf(guest, hlsPath(publicId, file))).toBe(outcome)
    expect(await codeOf(guest, hlsPath("3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11"))).toBe("404 TRACK_NOT_FOUND")
    expect(await codeOf(guest, hlsPath("nonsense"))).toBe("400 VALIDATION_FAILED")
  })
})

describe("a private track over HLS", () => {
  const files = ["master.m3u8", "aac-64/index.m3u8", "aac-64/init.mp4", "aac-64/seg-00000.m4s"]

  it("is for its owner, whose copies are private, and for nobody else", async () => {
    for (const file of files) {
      expect(await codeOf(guest, hlsPath(privateId, file))).toBe("403 TRACK_PRIVATE")
      expect(await codeOf(stranger.byToken, hlsPath(privateId, file))).toBe("403 TRACK_PRIVATE")
      const reply = await creator.byToken.get(hlsPath(privateId, file))
      expect([reply.status, reply.headers.get("cache-control")]).toEqual([200, "private, max-age=60"])
      expect(reply.bytes.includes("share")).toBe(false)
    }
  })

  it("is for whoever holds a link, which the playlists carry on; an ended link opens nothing", async () => {
    const { id, token } = await shareOf(privateId)
    const master = await guest.get(`${hlsPath(privateId)}?share=${token}`)
    expect([master.status, master.headers.get("cache-control")]).toEqual([200, "private, max-age=60"])
    const variant = readMaster(master.bytes.toString()).variants[0]?.uri ?? ""
    const mediaUrl = new URL(variant, new URL(hlsPath(privateId), product.url))
    const media = await guest.get(mediaUrl.pathname + mediaUrl.search)
    const { segments } = readMedia(media.bytes.toString())
    const uris = [segments[0]?.map?.uri ?? "", ...segments.map(({ uri }) => uri)]
    for (const uri of uris) {
      const { pathname, search } = new URL(uri, mediaUrl)
      expect(search).toBe(`?share=${token}`)
      expect((await guest.get(pathname + search)).status).toBe(200)
      expect(await codeOf(guest, pathname)).toBe("403 TRACK_PRIVATE")
    }
    // A made-up or foreign link opens nothing, and nothing of it comes back where none is needed.
    expect(await codeOf(guest, `${hlsPath(privateId)}?share=${(await shareOf(publicId)).token}`)).toBe(
      "403 TRACK_PRIVATE"
    )
    const open = await guest.get(`${hlsPath(publicId)}?share=%22%0a%23EXT`)
    expect(open.bytes.toString()).not.toContain("share")

    expect((await creator.byToken.call("DELETE", `${tracksPath}/share/${id}`)).status).toBe(200)
    for (const file of files)
      expect(await codeOf(guest, `${hlsPath(privateId, file)}?share=${token}`)).toBe("403 TRACK_PRIVATE")
  })
})

describe("a blocked track over HLS", () => {
  const block = async (at: string): Promise<void> => {
    await product.query(`UPDATE tracks SET blocked_at = ${at} WHERE id = $1`, publicId)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'tracks'")
  }
  it("is unavailable for legal reasons to everybody, in all its parts", async () => {
    await block("now()")
    const refused = "451 UNAVAILABLE_FOR_LEGAL_REASONS"
    await eventually("the news", async () => (await codeOf(guest, hlsPath(publicId))) === refused)
    for (const file of ["master.m3u8", "aac-64/index.m3u8", "flac/seg-00000.m4s"]) {
      for (const who of [guest, creator.byToken]) expect(await codeOf(who, hlsPath(publicId, file))).toBe(refused)
    }
    await block("NULL")
    await eventually("the news", async () => (await codeOf(guest, hlsPath(publicId))) === "200")
  })
})

describe("HLS switched off", () => {
  it("answers 404 whatever the track; the stream goes on", async () => {
    const { url } = await product.addApi({ HLS_STREAMING: "false" })
    for (const session of [new Session(url), creator.byToken.at(url)]) {
      for (const file of ["master.m3u8", "aac-64/index.m3u8"]) {
        expect(await codeOf(session, hlsPath(publicId, file))).toBe("404 HLS_UNAVAILABLE")
        expect(await codeOf(session, hlsPath(privateId, file))).toBe("404 HLS_UNAVAILABLE")
      }
      expect(await codeOf(session, `${tracksPath}/${publicId}/stream`)).toBe("200")
    }
  })
})

describe("a player in a browser", () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser("--autoplay-policy=no-user-gesture-required")
  })
  afterAll(() => browser?.close())

  const picture = (name: string): string => join(process.env["VEZA_TEST_PICTURES"] ?? product.home, `${name}.png`)

  const stateOf = (page: Page) =>
    page.locator("audio").evaluate((element) => {
      if (!(element instanceof HTMLAudioElement)) throw new Error("no player")
      const { currentTime, duration, paused, ended, error } = element
      return { currentTime, duration, playing: !paused && !ended, error: error?.message ?? null }
    })
  const playsOn = async (page: Page, from: number): Promise<void> => {
    await expect.poll(async () => (await stateOf(page)).currentTime, { timeout: patience }).toBeGreaterThan(from + 0.4)
  }
  /** Plays with hls.js; only the given rendition, where one is given. */
  const play = (page: Page, source: string, rendition: string) =>
    page.evaluate(
      async ([url = "", wanted = ""]) => {
        const Player: typeof import("hls.js").default = Reflect.get(window, "Hls")
        const element = document.querySelector("audio")
        const log = document.querySelector("pre")
        if (element === null || log === null) throw new Error("no player")
        const hls = new Player({ autoStartLoad: false })
        hls.on(Player.Events.ERROR, (_event, { details, fatal }) => log.append(`${details} ${fatal}\n`))
        const parsed = new Promise<void>((resolve) => {
          hls.once(Player.Events.MANIFEST_PARSED, () => resolve())
        })
        hls.loadSource(url)
        await parsed
        const levels = hls.levels.map(({ audioCodec, bitrate }) => `${audioCodec ?? ""} ${bitrate}`)
        if (wanted !== "") hls.currentLevel = hls.levels.findIndex(({ url: [one] }) => one?.includes(`/${wanted}/`))
        hls.attachMedia(element)
        hls.startLoad()
        await element.play()
        return levels
      },
      [source, rendition]
    )

  const sources = [
    ["public", "", "public"],
    ["lossless", "flac", "public"],
    ["shared", "", "private"]
  ] as const
  it.each(sources)("plays the %s track, jumps to its middle and goes on", async (name, rendition, which) => {
    const page = await browser.newPage()
    page.setDefaultTimeout(patience)
    const complaints: Array<string> = []
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("requestfailed", (request) => complaints.push(`${request.url()} ${request.failure()?.errorText ?? ""}`))
    const asked: Array<string> = []
    page.on("request", (request) => asked.push(request.url()))
    await page.goto(frontEndUrl)
    const url =
      which === "public"
        ? `${product.url}${hlsPath(publicId)}`
        : `${product.url}${hlsPath(privateId)}?share=${(await shareOf(privateId)).token}`
    const levels = await play(page, url, rendition)
    expect(levels.length).toBe(which === "public" ? 4 : 2)
    await playsOn(page, 0)
    expect((await stateOf(page)).duration).toBeCloseTo(seconds, 3)
    await page.locator("audio").evaluate((element, to) => {
      if (element instanceof HTMLAudioElement) element.currentTime = to
    }, seconds / 2)
    await playsOn(page, seconds / 2)
    const state = await stateOf(page)
    expect([state.playing, state.error]).toEqual([true, null])
    expect(state.currentTime).toBeLessThan(seconds)
    await page.screenshot({ path: picture(`hls-${name}`) })
    expect(await page.locator("pre").textContent()).toBe("")
    expect(complaints).toEqual([])
    if (rendition !== "") expect(asked.some((one) => one.includes(`/${rendition}/seg-`))).toBe(true)
    await page.close()
  })
})

describe("a worker that was killed while it made renditions", () => {
  const setsOf = (id: string): ReadonlyArray<string> =>
    globSync(`hls/*/${id}/*`, { cwd: product.env["UPLOAD_DIR"] ?? "" })

  it("leaves nothing that is read; the next one makes one clean set, and no ffmpeg stays behind", async () => {
    const long = await readFile(await makeAudio({ folder: product.home, format: "wav", seconds: 40, noise: true }))
    const { id } = await uploadReady(creator.byToken, "Twice begun", { name: "c.wav", bytes: long })
    const part = await eventually("the first segments", () =>
      globSync(`hls/*/${id}/*.part/*/seg-00001.m4s`, { cwd: product.env["UPLOAD_DIR"] ?? "" }).at(0)
    )
    await product.workerProcess().kill()
    expect(await codeOf(guest, hlsPath(id))).toBe("404 HLS_UNAVAILABLE")
    expect(setsOf(id)).toEqual([expect.stringMatching(/\.part$/u)])
    const encoding = () =>
      globSync("/proc/[0-9]*/cmdline").filter((file) => existsSync(file) && readFileSync(file, "utf8").includes(id))
    await eventually("the end of its ffmpeg", () => encoding().length === 0)

    await product.query("UPDATE rendition_builds SET held_until = now()")
    await product.startWorker()
    await eventually("the renditions", async () => (await codeOf(guest, hlsPath(id))) === "200", 300_000)
    const [set = "", ...more] = setsOf(id)
    expect([more, set.endsWith(".part"), part.startsWith(set)]).toEqual([[], false, false])
    expect(await product.query("SELECT 1 FROM rendition_builds")).toEqual([])
    const { segments } = readMedia((await guest.get(hlsPath(id, "flac/index.m3u8"))).bytes.toString())
    expect(segments.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(40, 2)
  }, 500_000)
})

describe("renditions that nobody can ask for", () => {
  it("go with a deleted track", async () => {
    const { id } = await uploadReady(creator.byToken, "Gone", { name: "g.flac", bytes: song.subarray(0, -1) })
    await hlsReady(creator.byToken, id)
    expect((await creator.byToken.call("DELETE", `${tracksPath}/${id}`)).status).toBe(200)
    expect(await codeOf(creator.byToken, hlsPath(id))).toBe("404 TRACK_NOT_FOUND")
    const folder = join(product.env["UPLOAD_DIR"] ?? "", "hls", creator.id, id)
    await eventually("the folder gone", () => !existsSync(folder))
  })

  it("go with the account that they belong to", async () => {
    const leaver = await signUpCreator(product)
    const { id } = await uploadReady(leaver.byToken, "Going", { name: "d.flac", bytes: song })
    await hlsReady(leaver.byToken, id)
    const again = await logIn(product.url, leaver)
    const reply = await again.byToken.call("DELETE", "/api/v1/users/me", {
      json: { password: leaver.password, confirmation: "DELETE", keep_public_tracks: false }
    })
    expect([reply.status, reply.status < 300 ? "" : failureOf(reply)]).toEqual([200, ""])
    expect(await codeOf(guest, hlsPath(id))).toBe("404 TRACK_NOT_FOUND")
    const folder = join(product.env["UPLOAD_DIR"] ?? "", "hls", leaver.id)
    await eventually("the folder gone", () => !existsSync(folder))
  })

  it("are made of tracks from before by `veza hls build`, and swept when a track is no longer ready", async () => {
    await product.query("UPDATE tracks SET hls = NULL WHERE id = $1", publicId)
    const ran = await product.veza("hls", "build", "--json")
    expect([ran.code, ran.process.output]).toEqual([0, expect.stringContaining('"wanted": 1')])
    await hlsReady(creator.byToken, publicId)
    await eventually(
      "the former set gone",
      () => globSync(`hls/*/${publicId}/*`, { cwd: product.env["UPLOAD_DIR"] ?? "" }).length === 1
    )
    await product.query("UPDATE tracks SET status = 'rejected' WHERE id = $1", publicId)
    await product.runJobs("sweep-renditions")
    await eventually(
      "the set gone",
      () => globSync(`hls/*/${publicId}`, { cwd: product.env["UPLOAD_DIR"] ?? "" }).length === 0
    )
    expect(globSync(`hls/*/${privateId}/*`, { cwd: product.env["UPLOAD_DIR"] ?? "" })).toHaveLength(1)
  })
})
