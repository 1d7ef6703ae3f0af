import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { get } from "node:http"
import { createRequire } from "node:module"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { Context, Duration, Effect, Layer, Option, Schema } from "effect"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hyperswitch } from "@veza/adapters/payment"
import { Currency, UserId } from "@veza/domain/kernel"
import { type NewPayment, type PaymentId, PaymentProvider } from "@veza/domain/payments"
import { startBrowser } from "../support/guards/browser.ts"
import { startSandbox } from "../support/payments.ts"

/** Milliseconds until a page counts as broken: many, for the first pages wait for a cold browser on a busy machine. */
const patience = 60_000
const hostile = `<img src=x onerror=alert(1)> & “Premium”, one month`

let browser: Browser
let sandbox: Awaited<ReturnType<typeof startSandbox>>
let provider: PaymentProvider["Service"]
const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
/** A picture of the page for whoever wants to look, in the folder VEZA_TEST_PICTURES. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env["VEZA_TEST_PICTURES"]
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

beforeAll(async () => {
  sandbox = await startSandbox()
  const { url, settings } = sandbox
  const adapter = hyperswitch({ ...settings, url, patience: Duration.seconds(30) })
  provider = Context.get(await Effect.runPromise(Effect.scoped(Layer.build(adapter))), PaymentProvider)
  browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  await sandbox?.stop()
})

const create = (given: Partial<NewPayment> = {}) =>
  Effect.runPromise(
    provider.create(`invoice:${randomUUID()}:1`, {
      amount: { amount_minor: 1999, currency: Currency.make("USD") },
      customer: UserId.make(randomUUID()),
      description: hostile,
      by: { _tag: "Payer", remember: true, returnUrl: `${sandbox.url}/health` },
      ...given
    })
  )
const read = async (id: PaymentId) => Option.getOrThrow(await Effect.runPromise(provider.read(id)))

interface Opened {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: Array<string>
  readonly asked: Array<string>
}

/** Opens a page; what the browser complains about and asks for is collected. */
const open = async (url: string, scheme: "light" | "dark" = "light"): Promise<Opened> => {
  const context = await browser.newContext({ viewport: { width: 390, height: 700 }, colorScheme: scheme })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const complaints: Array<string> = []
  const asked: Array<string> = []
  page.on("console", (message) => complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("request", (request) => asked.push(request.url()))
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }))
  await page.goto(url)
  return { context, page, complaints, asked }
}

const Violations = Schema.Struct({
  violations: Schema.Array(Schema.Struct({ id: Schema.String, nodes: Schema.Array(Schema.Unknown) })),
  passes: Schema.Array(Schema.Struct({ id: Schema.String }))
})
/** What the accessibility checker finds wrong, by rule. */
const faultsOf = async (page: Page) => {
  await page.evaluate(await axe)
  const found: unknown = await page.evaluate("axe.run().then(({ violations, passes }) => ({ violations, passes }))")
  const { violations, passes } = Schema.decodeUnknownSync(Violations)(found)
  expect(passes.length).toBeGreaterThan(5)
  return violations.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes)}`)
}

describe("the pay page of the sandbox", () => {
  it("takes a payment, and says so at once and later", async () => {
    const { id, payUrl = "" } = await create()
    const { context, page, complaints, asked } = await open(payUrl)
    expect(await page.locator(".amount").textContent()).toBe("$19.99")
    expect(await page.getByText(hostile).count()).toBe(1)
    await picture(page, "pay")
    await page.getByRole("button", { name: "Pay $19.99" }).click()
    await page.locator("#outcome").waitFor()
    expect(await page.locator("#outcome").textContent()).toBe("Paid")
    await picture(page, "paid")
    const paid = await read(id)
    expect([paid.status, paid.mandate]).toEqual(["succeeded", expect.stringMatching(/^pm_[0-9a-f]+$/u)])
    await page.goto(payUrl)
    expect(await page.getByRole("button").count()).toBe(0)
    expect(new Set(asked.map((url) => new URL(url).origin))).toEqual(new Set([sandbox.url]))
    expect([complaints, await context.cookies()]).toEqual([[], []])
    await page.getByRole("link", { name: "Back" }).click()
    await page.waitForURL("**/health")
    await context.close()
  })

  it("is used by the keyboard alone, and declines a card", async () => {
    const { id, payUrl = "" } = await create()
    const { context, page } = await open(payUrl)
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.locator("#outcome").waitFor()
    expect(await page.locator("#outcome").textContent()).toBe("Declined")
    await picture(page, "declined")
    expect(await read(id)).toMatchObject({ status: "failed", failure: { code: "card_declined" } })
    await context.close()
  })

  it("remembers a card without a charge, one that will be declined when it is charged", async () => {
    const customer = UserId.make(randomUUID())
    const nothing = { amount_minor: 0, currency: Currency.make("USD") }
    const { id, payUrl = "" } = await create({ customer, amount: nothing })
    const { context, page } = await open(payUrl)
    await page.getByLabel("declined when charged later").check()
    await picture(page, "remember")
    await page.getByRole("button", { name: "Remember this card" }).click()
    await page.locator("#outcome").waitFor()
    const { mandate } = await read(id)
    if (mandate === undefined) expect.fail("no mandate")
    expect(await create({ customer, by: { _tag: "Mandate", mandate } })).toMatchObject({ status: "failed" })
    await context.close()
  })

  it("lets the payer cancel, and leave without deciding", async () => {
    const left = await create()
    const one = await open(left.payUrl ?? "")
    await one.page.getByRole("link", { name: "Leave without deciding" }).click()
    await one.page.waitForURL("**/health")
    expect((await read(left.id)).status).toBe("requires_action")
    await one.context.close()
    const cancelled = await create()
    const other = await open(cancelled.payUrl ?? "")
    await other.page.getByRole("button", { name: "Cancel the payment" }).click()
    await other.page.locator("#outcome").waitFor()
    expect((await read(cancelled.id)).status).toBe("cancelled")
    await other.context.close()
  })

  it("is found from the list of payments, which is for this machine alone", async () => {
    const { id } = await create()
    const { context, page, complaints } = await open(sandbox.url)
    await picture(page, "list")
    await page.getByRole("link", { name: hostile }).first().click()
    await page.waitForURL(`**/pay/${id}?*`)
    expect(complaints).toEqual([])
    expect(await faultsOfUnpoliced(sandbox.url, "light")).toEqual([])
    await context.close()
    const rebound = await answerTo(new URL(sandbox.url).port, "evil.example")
    expect([rebound.status, rebound.text]).toEqual([421, expect.not.stringContaining("client_secret")])
  })

  it.each(["light", "dark"] as const)("has no fault of accessibility in %s", async (scheme) => {
    const { id, payUrl = "" } = await create()
    const { context, page } = await open(payUrl, scheme)
    expect(await faultsOfUnpoliced(payUrl, scheme)).toEqual([])
    await picture(page, `pay-${scheme}`)
    await sandbox.control.pay(id, "works")
    expect(await faultsOfUnpoliced(payUrl, scheme)).toEqual([])
    await context.close()
  })

  it("shows nothing to whoever lacks the link's secret, and sends nobody to a script", async () => {
    const { id, payUrl = "" } = await create({
      by: { _tag: "Payer", remember: false, returnUrl: "javascript:alert(document.domain)" }
    })
    for (const url of [`${sandbox.url}/pay/${id}`, payUrl.slice(0, -1), `${sandbox.url}/pay/nothing`]) {
      const response = await fetch(url)
      expect([response.status, await response.text()]).toEqual([404, expect.not.stringContaining("19.99")])
    }
    const guess = new URLSearchParams({ client_secret: "guessed", choice: "works" })
    expect((await fetch(`${sandbox.url}/pay/${id}`, { method: "POST", body: guess })).status).toBe(404)
    expect((await read(id)).status).toBe("requires_action")
    const { context, page } = await open(payUrl)
    expect(await page.getByRole("link").count()).toBe(0)
    await context.close()
  })

  it("is held by its policy: nothing runs, nothing is framed, nothing is loaded", async () => {
    const { payUrl = "" } = await create()
    const { headers } = await fetch(payUrl)
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/u
    )
    expect(headers.get("cache-control")).toBe("no-store")
  })
})

/** What the list answers to a browser that was told another name for this machine. */
const answerTo = (
  port: string,
  host: string
): Promise<{ readonly status: number | undefined; readonly text: string }> =>
  new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, headers: { host } }, (response) => {
      void text(response).then((said) => resolve({ status: response.statusCode, text: said }), reject)
    }).on("error", reject)
  })

/** The checker is a script, which the page's policy would not let run. */
const faultsOfUnpoliced = async (url: string, scheme: "light" | "dark") => {
  const context = await browser.newContext({ bypassCSP: true, colorScheme: scheme })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  await page.goto(url)
  const faults = await faultsOf(page)
  await context.close()
  return faults
}
