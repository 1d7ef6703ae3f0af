import { readFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startBrowser } from "../support/guards/browser.ts"
import { signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { uploadReady } from "../support/product/upload.ts"
import { freePorts } from "../support/services/ports.ts"
import { type Product, startProduct } from "../support/product.ts"

const formats = ["flac", "mp3", "wav"] as const
const seconds = 20
/** Milliseconds until a page counts as broken: many, for the first pages wait for a cold browser on a busy machine. */
const patience = 60_000

let product: Product
let browser: Browser
let frontEnd: Server
let frontEndUrl: string
const streams = new Map<string, string>()
/** A picture of the page for whoever wants to look, in the folder VEZA_TEST_PICTURES; otherwise it goes with the product. */
const picture = (name: string): string => join(process.env["VEZA_TEST_PICTURES"] ?? product.home, `${name}.png`)

/** A page of another origin, as the front end is one: its player asks for the sound with CORS. */
const startFrontEnd = async (): Promise<void> => {
  const [port = 0] = await freePorts(1)
  frontEnd = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8")
    response.end('<!doctype html><link rel="icon" href="data:,"><h1>Player</h1><audio controls crossorigin></audio>')
  }).listen(port, "127.0.0.1")
  frontEndUrl = `http://127.0.0.1:${port}`
}

beforeAll(async () => {
  await startFrontEnd()
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false", CORS_ALLOWED_ORIGINS: frontEndUrl } })
  const creator = await signUpCreator(product)
  for (const format of formats) {
    const file = await makeAudio({ folder: product.home, format, seconds, noise: true })
    const { id } = await uploadReady(creator.byToken, format, { name: `a.${format}`, bytes: await readFile(file) })
    streams.set(format, `${product.url}/api/v1/tracks/${id}/stream`)
  }
  browser = await startBrowser("--autoplay-policy=no-user-gesture-required")
})
afterAll(async () => {
  await browser.close()
  frontEnd.close()
  frontEnd.closeAllConnections()
  await product.stop()
})

/** Opens a page; what it complains about is collected. */
const open = async (url: string): Promise<{ readonly page: Page; readonly complaints: Array<string> }> => {
  const page = await browser.newPage()
  page.setDefaultTimeout(patience)
  const complaints: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("requestfailed", (request) => complaints.push(`${request.url()} ${request.failure()?.errorText ?? ""}`))
  await page.goto(url)
  return { page, complaints }
}

/** What the player of the page says of itself. */
const player = (page: Page) =>
  page.locator("audio").evaluate((element) => {
    if (!(element instanceof HTMLAudioElement)) throw new Error("no player")
    const { currentTime, duration, paused, ended, error } = element
    return { currentTime, duration, playing: !paused && !ended, error: error?.message ?? null }
  })

const playsOn = async (page: Page, from: number): Promise<void> => {
  await expect.poll(async () => (await player(page)).currentTime, { timeout: patience }).toBeGreaterThan(from + 0.4)
}

describe("a player in a browser", () => {
  it.each(formats)("plays %s, jumps to its middle and goes on", async (format) => {
    const { page, complaints } = await open(frontEndUrl)
    await page.locator("audio").evaluate(
      async (element, source) => {
        if (!(element instanceof HTMLAudioElement)) throw new Error("no player")
        element.src = source
        await element.play()
      },
      streams.get(format) ?? ""
    )
    await playsOn(page, 0)
    expect((await player(page)).duration).toBeCloseTo(seconds, 0)
    await page.locator("audio").evaluate((element, to) => {
      if (element instanceof HTMLAudioElement) element.currentTime = to
    }, seconds / 2)
    await playsOn(page, seconds / 2)
    const state = await player(page)
    expect([state.playing, state.error]).toEqual([true, null])
    expect(state.currentTime).toBeLessThan(seconds)
    await page.screenshot({ path: picture(`player-${format}`) })
    expect(complaints).toEqual([])
    await page.close()
  })
})

describe("the API page", () => {
  it("shows every operation without a complaint of the browser", async () => {
    const { page, complaints } = await open(`${product.url}/swagger/index.html`)
    const document: unknown = await (await fetch(`${product.url}/openapi.json`)).json()
    const operations = [...JSON.stringify(document).matchAll(/"operationId":/g)].length
    // The page draws no more than is in view.
    await page.setViewportSize({ width: 1200, height: operations * 100 })
    await expect.poll(() => page.locator(".opblock").count(), { timeout: patience }).toBe(operations)
    expect(operations).toBeGreaterThan(20)
    await page.getByText("Upload a track: multipart form").click()
    await page.locator(".opblock-body").first().waitFor()
    await page.screenshot({ path: picture("api-page") })
    expect(complaints).toEqual([])
    await page.close()
  })

  it("makes a call from the page", async () => {
    const { page, complaints } = await open(`${product.url}/swagger/index.html`)
    await page.getByText("Answers while the process does").click()
    await page.getByRole("button", { name: "Execute" }).click()
    await expect
      .poll(() => page.locator(".live-responses-table tbody .response-col_status").first().textContent(), {
        timeout: patience
      })
      .toContain("200")
    expect(complaints).toEqual([])
    await page.close()
  })
})
