import { Schema } from "effect"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { callFrom, type Form, sendForm, startBrowser, startPages } from "../support/guards/browser.ts"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { dataOf, failureOf } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const upgrade = "/api/v1/users/me/upgrade-creator"
const logout = "/api/v1/auth/logout"
const login = "/api/v1/auth/login"
const json = { "content-type": "application/json" }
const CsrfToken = Schema.Struct({ csrf_token: Schema.String })

let product: Product
let browser: Browser
let pages: Awaited<ReturnType<typeof startPages>>
let victim: Account
let context: BrowserContext

beforeAll(async () => {
  pages = await startPages()
  const provider = { OAUTH_GITHUB_CLIENT_ID: "tests", OAUTH_GITHUB_CLIENT_SECRET: "tests" }
  const env = { ...provider, CLAMAV_REQUIRED: "false", CORS_ALLOWED_ORIGINS: pages.frontEnd }
  ;[product, browser] = await Promise.all([startProduct({ env }), startBrowser()])
  victim = await signUp(product)
})
afterAll(async () => {
  await browser?.close()
  pages?.stop()
  await product?.stop()
})

const open = async (origin: string): Promise<Page> => {
  const page = await context.newPage()
  await page.goto(origin)
  return page
}
const api = (path: string): string => `${product.url}${path}`
const credentials = () => JSON.stringify({ email: victim.email, password: victim.password })
const cookiesOfApi = () => context.cookies([api("/"), api("/api/v1/auth/refresh")])

/** What attacks are after: the victim's role, how many of their sessions live, their settings, their identities. */
const standing = () =>
  product.query(
    `SELECT role, display_name, deleted_at, (SELECT count(*)::int FROM sessions WHERE user_id = u.id AND revoked_at IS NULL) AS sessions,
       (SELECT count(*)::int FROM user_settings WHERE user_id = u.id) AS settings,
       (SELECT count(*)::int FROM oauth_states s WHERE session_id IN (SELECT id FROM sessions WHERE user_id = u.id)) AS links
     FROM users u WHERE id = $1`,
    victim.id
  )

let home: Page
let before: ReadonlyArray<unknown>
/** The victim is signed in, in this browser, by the page of the front end. */
beforeEach(async () => {
  await context?.close()
  context = await browser.newContext()
  home = await open(pages.frontEnd)
  const answer = await callFrom(home, { method: "POST", url: api(login), headers: json, body: credentials() })
  expect(answer?.status).toBe(200)
  before = await standing()
})

const csrfToken = async (): Promise<string> => {
  const answer = await callFrom(home, { method: "GET", url: api("/api/v1/auth/csrf") })
  if (answer === undefined) throw new Error("The browser kept the CSRF token from the front end.")
  return dataOf(CsrfToken, answer).csrf_token
}
const upgradeFromHome = async (headers: Readonly<Record<string, string>> = {}) => {
  const answer = await callFrom(home, { method: "POST", url: api(upgrade), headers })
  if (answer === undefined) throw new Error("The browser kept the answer from the front end.")
  return answer.status < 400 ? answer.status : `${answer.status} ${failureOf(answer).code}`
}

const enctypes = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] as const
const attacks = () => enctypes.flatMap((enctype) => [upgrade, logout].map((path) => ({ url: api(path), enctype })))
/** As text/plain the fields are one JSON text, `{"email":…,"x":"="}`. */
const loginFields = (enctype: Form["enctype"]): Readonly<Record<string, string>> =>
  enctype === "text/plain"
    ? { [`${credentials().slice(0, -1)},"x":"`]: '"}' }
    : { email: victim.email, password: victim.password }

describe("the cookies in a browser", () => {
  it("are kept from scripts, and go only to our own site, the refresh token to its routes", async () => {
    const kept = (await cookiesOfApi()).map(({ name, httpOnly, sameSite, path, secure, domain }) => ({
      name,
      httpOnly,
      sameSite,
      path,
      secure,
      domain
    }))
    const common = { httpOnly: true, secure: false, domain: "127.0.0.1" }
    expect(kept.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { ...common, name: "access_token", sameSite: "Lax", path: "/" },
      { ...common, name: "refresh_token", sameSite: "Strict", path: "/api/v1/auth" }
    ])
    // Cookies know no ports: without HttpOnly the front end's scripts would read these.
    expect(await home.evaluate(() => document.cookie)).toBe("")
  })
})

describe("a page of another site", () => {
  it("changes nothing by a form of any type", async () => {
    const page = await open(pages.evil)
    for (const { url, enctype } of attacks()) {
      const { status, sent } = await sendForm(page, { url, enctype, fields: { a: "1" } })
      expect([status, sent["sec-fetch-site"], sent["cookie"]]).toEqual([401, "cross-site", undefined])
      await page.goto(pages.evil)
    }
    expect(await standing()).toEqual(before)
  })

  it("changes nothing by scripts with the cookies, and reads nothing", async () => {
    const page = await open(pages.evil)
    const calls = [
      { method: "POST", url: api(upgrade) },
      { method: "POST", url: api(logout) },
      { method: "PUT", url: api("/api/v1/users/me/settings"), headers: json, body: '{"theme":"dark"}' },
      { method: "PUT", url: api(`/api/v1/users/${victim.id}`), headers: json, body: '{"display_name":"Evil"}' },
      { method: "DELETE", url: api("/api/v1/users/me"), headers: json, body: credentials() },
      { method: "POST", url: api(upgrade), headers: { "x-csrf-token": await csrfToken() } },
      { method: "GET", url: api("/api/v1/auth/csrf") },
      { method: "GET", url: api("/api/v1/auth/me") }
    ]
    for (const call of calls) expect([call, await callFrom(page, call)]).toEqual([call, undefined])
    expect(await standing()).toEqual(before)
  })

  it("cannot begin to link a provider, though the cookie comes along when it sends the browser there", async () => {
    const page = await open(pages.evil)
    const url = api("/api/v1/auth/oauth/github")
    const answered = page.waitForResponse(url)
    await page.evaluate((to) => location.assign(to), url)
    const response = await answered
    const sent = await response.request().allHeaders()
    expect([sent["sec-fetch-site"], sent["cookie"]]).toEqual(["cross-site", expect.stringContaining("access_token=")])
    expect(failureOf({ json: await response.json() }).code).toBe("CSRF_REFUSED")
    expect(await standing()).toEqual(before)
  })

  it("logs nobody in, by a form of any type or by scripts", async () => {
    await context.clearCookies()
    const page = await open(pages.evil)
    for (const enctype of enctypes) {
      const { status, headers } = await sendForm(page, { url: api(login), enctype, fields: loginFields(enctype) })
      expect([status, headers["set-cookie"], await cookiesOfApi()]).toEqual([415, undefined, []])
      await page.goto(pages.evil)
    }
    const script = { method: "POST", url: api(login), headers: json, body: credentials() }
    expect(await callFrom(page, script)).toBeUndefined()
    expect([await cookiesOfApi(), await standing()]).toEqual([[], before])
  })

  it("is refused where no body is needed before signing in", async () => {
    const url = api("/api/v1/auth/refresh")
    const { status, json: said } = await sendForm(await open(pages.evil), { url, enctype: enctypes[0] })
    expect([status, failureOf({ json: said }).code]).toEqual([403, "CSRF_REFUSED"])
  })
})

describe("a page of our site that is not the front end", () => {
  it("changes nothing by a form of any type, though the cookies come along", async () => {
    const page = await open(pages.sibling)
    for (const { url, enctype } of attacks()) {
      const { status, json: said, sent } = await sendForm(page, { url, enctype })
      expect([sent["sec-fetch-site"], sent["cookie"]]).toEqual(["same-site", expect.stringContaining("access_token=")])
      expect([status, failureOf({ json: said }).code]).toEqual([403, "CSRF_REFUSED"])
      await page.goto(pages.sibling)
    }
    expect(await standing()).toEqual(before)
  })

  it("can neither read the CSRF token nor send it", async () => {
    const page = await open(pages.sibling)
    expect(await callFrom(page, { method: "GET", url: api("/api/v1/auth/csrf") })).toBeUndefined()
    const headers = { "x-csrf-token": await csrfToken() }
    expect(await callFrom(page, { method: "POST", url: api(upgrade), headers })).toBeUndefined()
    expect(await standing()).toEqual(before)
  })
})

describe("the front end", () => {
  it("needs the token of its own session for a change, and succeeds with it", async () => {
    const elsewhere = await logIn(product.url, victim)
    const strange = dataOf(CsrfToken, await elsewhere.byToken.get("/api/v1/auth/csrf")).csrf_token
    before = await standing()
    expect(await upgradeFromHome()).toBe("403 CSRF_REFUSED")
    expect(await upgradeFromHome({ "x-csrf-token": strange })).toBe("403 CSRF_REFUSED")
    expect(await standing()).toEqual(before)
    expect(await upgradeFromHome({ "x-csrf-token": await csrfToken() })).toBe(200)
    expect(await standing()).toEqual([expect.objectContaining({ role: "creator" })])
  })

  it("logs out with the token, and the cookies are gone", async () => {
    const headers = { "x-csrf-token": await csrfToken() }
    expect((await callFrom(home, { method: "POST", url: api(logout), headers }))?.status).toBe(200)
    expect(await cookiesOfApi()).toEqual([])
  })
})
