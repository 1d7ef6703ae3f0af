import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { createRequire } from "node:module"
import { join } from "node:path"
import { Schema } from "effect"
import type { Browser, BrowserContext, Frame, Page } from "playwright-core"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sampleSongs, writeSample } from "@veza/adapters/media"
import { startBrowser } from "../support/guards/browser.ts"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { Session } from "../support/product/session.ts"
import { uploadReady } from "../support/product/upload.ts"
import { startS3 } from "../support/s3.ts"
import { freePorts } from "../support/services/ports.ts"
import { type Product, startProduct } from "../support/product.ts"

/** Milliseconds until a page counts as broken: many, for the first pages wait for a cold browser on a busy machine. */
const patience = 60_000
const title = `</script><img src=x onerror=alert(1)> & a “quoted” title that is much too long for one line of a small player`
const Embedding = Schema.Struct({ html: Schema.String })

let product: Product
let browser: Browser
let site: Server
let siteUrl: string
let artist: Account
let trackId: string
/** What the page of the other site shows; the frame of oEmbed. */
let framed: string
/** A picture of the page for whoever wants to look, in the folder VEZA_TEST_PICTURES; otherwise it goes with the product. */
const picture = (name: string): string => join(process.env["VEZA_TEST_PICTURES"] ?? product.home, `${name}.png`)
const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** A page of another site, which shows what it was told by oEmbed. */
const startSite = async (): Promise<void> => {
  const [port = 0] = await freePorts(1)
  site = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8")
    response.end(
      `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A blog</title><body style="margin:0">${framed}`
    )
  }).listen(port, "127.0.0.1")
  siteUrl = `http://blog.localhost:${port}`
}
const frameOf = async (id: string, more = ""): Promise<string> => {
  const url = encodeURIComponent(`http://localhost:3000/tracks/${id}`)
  const { json } = await new Session(product.url).get(`/oembed?url=${url}${more}`)
  return Schema.decodeUnknownSync(Embedding)(json).html
}

beforeAll(async () => {
  await startSite()
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false" } })
  artist = await signUpCreator(product)
  const song = sampleSongs[1] ?? expect.fail("no sample song")
  const file = join(product.home, "song.mp3")
  await writeSample(song, "mp3", file, { ffmpegPath: "ffmpeg" })
  const track = await uploadReady(artist.byToken, title, { name: "song.mp3", bytes: await readFile(file) })
  trackId = track.id
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#0ea5e9"/><stop offset="1" stop-color="#a21caf"/></linearGradient></defs><rect width="600" height="600" fill="url(#g)"/><circle cx="300" cy="300" r="170" fill="#fff8"/></svg>`
  const body = new Uint8Array(await sharp(Buffer.from(svg)).png().toBuffer())
  await artist.byToken.call("PUT", `/api/v1/tracks/${trackId}/cover`, {
    body,
    headers: { "content-type": "image/png" }
  })
  framed = await frameOf(trackId)
  browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  site?.closeAllConnections()
  await product?.stop()
})

interface Opened {
  readonly context: BrowserContext
  readonly page: Page
  readonly frame: Frame
  readonly complaints: Array<string>
  readonly asked: Array<string>
}

const contexts = { viewport: { width: 1000, height: 400 }, colorScheme: "light" } as const

/** Opens the other site's page; what the browser complains about and asks for is collected. */
const open = async (options: Parameters<Browser["newContext"]>[0] = contexts): Promise<Opened> => {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const complaints: Array<string> = []
  const asked: Array<string> = []
  page.on("console", (message) => complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("request", (request) => asked.push(request.url()))
  await page.goto(siteUrl)
  const element = await page.locator("iframe").elementHandle()
  const frame = (await element?.contentFrame()) ?? expect.fail("no frame")
  await frame.waitForURL("**/embed/tracks/*")
  await frame.locator("#play").waitFor()
  return { context, page, frame, complaints, asked }
}

const sound = (frame: Frame) =>
  frame.locator("#sound").evaluate((element) => {
    if (!(element instanceof HTMLAudioElement)) throw new Error("no sound")
    const { currentTime, paused, duration, error } = element
    return { currentTime, playing: !paused, duration, error: error?.message ?? null }
  })
const plays = async (frame: Frame, from: number) => {
  const isBeyond = async () => (await sound(frame)).currentTime > from + 0.3
  await expect.poll(isBeyond, { timeout: patience }).toBe(true)
}
const slider = async (frame: Frame) => {
  const seek = frame.locator("#seek")
  const [now, most, text] = await Promise.all(
    ["aria-valuenow", "aria-valuemax", "aria-valuetext"].map((name) => seek.getAttribute(name))
  )
  return { now: Number(now), most: Number(most), text }
}

const Violations = Schema.Struct({
  violations: Schema.Array(Schema.Struct({ id: Schema.String, nodes: Schema.Array(Schema.Unknown) })),
  passes: Schema.Array(Schema.Struct({ id: Schema.String }))
})
/** What the accessibility checker finds wrong in a frame, by rule. */
const faultsOf = async (frame: Frame) => {
  await frame.evaluate(await axe)
  const found: unknown = await frame.evaluate("axe.run().then(({ violations, passes }) => ({ violations, passes }))")
  const { violations, passes } = Schema.decodeUnknownSync(Violations)(found)
  expect(passes.length).toBeGreaterThan(5)
  return violations.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes)}`)
}

describe("the player in a frame of another site", () => {
  it("asks for no sound before it is wanted, and for nothing of anybody else", async () => {
    const { context, asked, complaints } = await open()
    const paths = asked.filter((url) => !url.startsWith(siteUrl)).map((url) => new URL(url).pathname)
    expect(new Set(paths)).toEqual(new Set([`/embed/tracks/${trackId}`, `/api/v1/tracks/${trackId}/cover`]))
    expect([complaints, await context.cookies()]).toEqual([[], []])
    await context.close()
  })

  it("is played, sought in and stopped by the keyboard alone", async () => {
    const { context, page, frame, complaints } = await open()
    await page.keyboard.press("Tab")
    expect(await frame.evaluate(() => document.activeElement?.id)).toBe("play")
    await page.keyboard.press("Enter")
    await plays(frame, 0)
    expect(await frame.locator("#play").getAttribute("aria-label")).toBe("Pause")
    await frame.locator("#seek").focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    await plays(frame, 5)
    const { now, most, text } = await slider(frame)
    expect(now).toBeGreaterThanOrEqual(5)
    expect(text).toMatch(new RegExp(`^0:0[5-9] of 0:${String(most).padStart(2, "0")}$`, "u"))
    await page.keyboard.press("Space")
    await expect.poll(async () => (await sound(frame)).playing, { timeout: patience }).toBe(false)
    await expect.poll(() => frame.locator("#play").getAttribute("aria-label"), { timeout: patience }).toBe("Play")
    const stopped = (await sound(frame)).currentTime
    await page.keyboard.press("ArrowLeft")
    expect((await sound(frame)).currentTime).toBeCloseTo(Math.max(0, stopped - 5), 1)
    await page.keyboard.press("Space")
    await page.keyboard.press("End")
    await expect.poll(async () => (await sound(frame)).playing, { timeout: patience }).toBe(false)
    expect((await slider(frame)).now).toBe(most)
    expect(complaints).toEqual([])
    await context.close()
  })

  it("goes where it is pointed to, even before it knows its sound", async () => {
    const { context, page, frame, complaints } = await open()
    const box = (await frame.locator("#seek").boundingBox()) ?? expect.fail("no slider")
    const pointAt = (share: number) => page.mouse.click(box.x + box.width * share, box.y + box.height / 2)
    await pointAt(0.5)
    const { now, most } = await slider(frame)
    expect(Math.abs(now - most / 2)).toBeLessThanOrEqual(1)
    await frame.locator("#play").click()
    await plays(frame, most / 2 - 0.5)
    await pointAt(0.1)
    await expect.poll(async () => (await sound(frame)).currentTime, { timeout: patience }).toBeLessThan(most / 2)
    await plays(frame, most * 0.1 - 0.5)
    expect(complaints).toEqual([])
    await context.close()
  })

  it("says so when its sound cannot be had, and tries again", async () => {
    const { context, frame } = await open()
    await context.route("**/stream", (route) => route.abort())
    await frame.locator("#play").click()
    const message = frame.locator("#message")
    await expect
      .poll(() => message.textContent(), { timeout: patience })
      .toBe("This track cannot be played at the moment.")
    await context.unroute("**/stream")
    await frame.locator("#play").click()
    await plays(frame, 0)
    expect(await message.textContent()).toBe("")
    await context.close()
  })

  it("shows a title as what it is", async () => {
    const { context, frame, complaints } = await open()
    expect(await frame.locator("h1").textContent()).toBe(title)
    expect(await frame.locator("img").count()).toBe(1)
    expect(await frame.locator("h1 a").getAttribute("href")).toBe(`http://localhost:3000/tracks/${trackId}`)
    expect(complaints).toEqual([])
    await context.close()
  })

  it("offers the browser's own player where scripts are off", async () => {
    const { context, page } = await (async () => {
      const context = await browser.newContext({ javaScriptEnabled: false })
      const page = await context.newPage()
      await page.goto(`${product.url}/embed/tracks/${trackId}`)
      return { context, page }
    })()
    expect([await page.locator("#play").isVisible(), await page.locator("#seek").isVisible()]).toEqual([false, false])
    expect(await page.locator("audio[controls]").isVisible()).toBe(true)
    await page.screenshot({ path: picture("embed-without-scripts") })
    await context.close()
  })
})

describe("the looks of the player", () => {
  const sizes = [
    ["narrow", 320, 120],
    ["tiny", 240, 110],
    ["usual", 600, 152],
    ["wide", 1000, 240]
  ] as const
  const cases = sizes.flatMap((size) => (["light", "dark"] as const).map((scheme) => [...size, scheme] as const))

  it.each(cases)(
    "are %s, %i × %i, %s: all there, nothing cut off, no fault found",
    async (name, width, height, scheme) => {
      const { context, page, frame, complaints } = await open({ viewport: { width, height }, colorScheme: scheme })
      await page.locator("iframe").evaluate(
        (element, size) => {
          element.setAttribute("width", String(size[0]))
          element.setAttribute("height", String(size[1]))
        },
        [width, height]
      )
      await frame.locator("#seek").focus()
      await page.keyboard.press("PageUp")
      await page.keyboard.press("PageUp")
      await page.keyboard.press("PageUp")
      for (const part of ["#play", "#seek", ".time", "h1"]) {
        const box = (await frame.locator(part).boundingBox()) ?? expect.fail(`no ${part}`)
        const isInside = box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height
        expect([part, box, isInside]).toEqual([part, box, true])
      }
      const touch = (await frame.locator("#play").boundingBox()) ?? expect.fail("no button")
      expect(Math.min(touch.width, touch.height)).toBeGreaterThanOrEqual(24)
      await page.screenshot({ path: picture(`embed-${name}-${scheme}`) })
      expect(await faultsOf(frame)).toEqual([])
      expect(complaints).toEqual([])
      await context.close()
    }
  )

  it("show where the focus is", async () => {
    const { context, page, frame } = await open({ viewport: { width: 600, height: 152 } })
    for (const part of ["play", "a", "a", "seek"]) {
      await page.keyboard.press("Tab")
      const focused = await frame.evaluate(() => {
        const element = document.activeElement
        if (element === null) return undefined
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        return { name: element.id || element.tagName.toLowerCase(), outline: `${outlineStyle} ${outlineWidth}` }
      })
      expect(focused).toEqual({ name: part, outline: "solid 3px" })
    }
    await context.close()
  })

  it("tell people without fault what cannot be shown", async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 120 } })
    const page = await context.newPage()
    const answer = await page.goto(`${product.url}/embed/tracks/3f0e7f0c-5d0f-4c0b-8f57-7d0f7a7b1f11`)
    expect(answer?.status()).toBe(404)
    expect(await faultsOf(page.mainFrame())).toEqual([])
    await page.screenshot({ path: picture("embed-notice") })
    await context.close()
  })
})

describe("a drawn waveform in a browser", () => {
  it("is well-formed and seen as a picture, and so is the XML of oEmbed", async () => {
    const context = await browser.newContext({ viewport: { width: 820, height: 140 } })
    const page = await context.newPage()
    await page.goto(`${product.url}/api/v1/tracks/${trackId}/waveform.svg?width=800&height=120&color=6d28d9`)
    expect(await page.evaluate(() => document.documentElement.tagName)).toBe("svg")
    await page.screenshot({ path: picture("waveform") })
    const url = `${product.url}/oembed?format=xml&url=${encodeURIComponent(`http://localhost:3000/tracks/${trackId}`)}`
    const { text } = { text: await (await fetch(url)).text() }
    await page.goto("about:blank")
    const read = await page.evaluate((xml) => {
      const parsed = new DOMParser().parseFromString(xml, "text/xml")
      return { root: parsed.documentElement.tagName, title: parsed.querySelector("title")?.textContent }
    }, text)
    expect(read).toEqual({ root: "oembed", title })
    await context.close()
  })
})

describe("a track that is stored elsewhere", () => {
  it("is played all the same: the policy names the store to which the sound is redirected", async () => {
    const s3 = await startS3()
    const distant = await startProduct({ env: { ...s3.env, CLAMAV_REQUIRED: "false" } })
    try {
      const creator = await signUpCreator(distant)
      const bytes = await readFile(join(product.home, "song.mp3"))
      const { id } = await uploadReady(creator.byToken, "Distant", { name: "song.mp3", bytes })
      const page = await browser.newPage()
      page.setDefaultTimeout(patience)
      const complaints: Array<string> = []
      page.on("console", (message) => complaints.push(message.text()))
      const answer = await page.goto(`${distant.url}/embed/tracks/${id}`)
      const policy = answer?.headers()["content-security-policy"] ?? ""
      expect(policy).toMatch(/; media-src 'self' http:\/\/127\.0\.0\.1:\d+$/u)
      await page.locator("#play").click()
      await plays(page.mainFrame(), 0)
      await page.locator("#seek").press("End")
      await expect.poll(async () => (await sound(page.mainFrame())).playing, { timeout: patience }).toBe(false)
      expect((await sound(page.mainFrame())).error).toBeNull()
      expect(complaints.filter((text) => text.includes("Content Security Policy"))).toEqual([])
      await page.close()
    } finally {
      await distant.stop()
      await s3.dispose()
    }
  })
})
