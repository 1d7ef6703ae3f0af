import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { OwnUser } from "@veza/http-koa/contract"
import { changed, type OidcServer, type Person, someone } from "../support/oidc.ts"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { mailTo, tokenIn } from "../support/product/mails.ts"
import { byCookie, frontEnd, oauthCallback, oauthStart, startWithProvider } from "../support/product/oauth.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, type Reply, Session } from "../support/product/session.ts"
import type { Product } from "../support/product.ts"

const me = "/api/v1/auth/me"

let product: Product
let google: OidcServer
beforeAll(async () => {
  ;({ product, google } = await startWithProvider({ apis: 2 }))
})
afterAll(async () => {
  await product?.stop()
  google?.stop()
})

const locationOf = (reply: Reply): string => reply.headers.get("location") ?? ""
const begin = async (browser: Session, redirect = `${frontEnd}/done`) => {
  const reply = await browser.get(`${oauthStart}?redirect=${encodeURIComponent(redirect)}`)
  expect(reply.status, reply.bytes.toString()).toBe(302)
  return locationOf(reply)
}
/** The end of a log-in: what the front end gets. */
const comeBack = async (browser: Session, callback: URL): Promise<string> => {
  const reply = await browser.get(`${callback.pathname}${callback.search}`)
  expect(reply.status, reply.bytes.toString()).toBe(302)
  expect(reply.headers.get("cache-control")).toBe("no-store")
  return locationOf(reply)
}
const logInAs = async (person: Person | undefined, browser = new Session(product.url)) => {
  const callback = await google.visit(await begin(browser), person)
  return { browser, callback, at: await comeBack(browser, callback) }
}
const failed = (code: string, redirect = `${frontEnd}/done`) => `${redirect}?error=${code}`
const meOf = async (browser: Session) => dataOf(OwnUser, await browser.get(me))
const mailed = (email: string, subject: string) =>
  eventually(`a mail “${subject}”`, async () =>
    (await product.mails()).some(
      (mail) => mail.subject === subject && mail.to?.some(({ address }) => address === email)
    )
  )

describe("logging in with an OpenID provider", () => {
  it("makes an account for somebody new, and finds it again at another process", async () => {
    const person = someone()
    const { browser, at } = await logInAs(person)
    expect(at).toBe(`${frontEnd}/done`)
    const user = await meOf(browser)
    expect(user).toMatchObject({ email: person.email, role: "user", is_verified: true })
    expect(user.username).toMatch(/^zoe_muller/)
    const again = new Session(product.url)
    const callback = await google.visit(await begin(again), person)
    expect(await comeBack(again.at(product.api(1)), callback)).toBe(`${frontEnd}/done`)
    expect((await meOf(again)).id).toBe(user.id)
  })

  it("binds the log-in to the browser by a cookie that no script sees", async () => {
    const [cookie = ""] = (await new Session(product.url).get(oauthStart)).headers.getSetCookie()
    expect(cookie).toMatch(/^oauth_state=[\w-]{43}; Path=\/api\/v1\/auth\/oauth; Max-Age=600; HttpOnly; SameSite=Lax$/)
  })

  it("asks for a code with PKCE, and keeps the provider's tokens encrypted", async () => {
    const url = new URL(await begin(new Session(product.url)))
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: oauthCallback
    })
    const person = someone()
    await logInAs(person)
    const [row] = await product.query(
      "SELECT access_token FROM oauth_identities WHERE provider_user_id = $1 AND access_token LIKE 'veza:1:%'",
      person.sub
    )
    expect(row).toBeDefined()
  })

  it("makes one account when two browsers come back at once", async () => {
    const person = someone()
    const two = [0, 1].map((n) => new Session(product.api(n)))
    const callbacks: Array<URL> = []
    for (const browser of two) callbacks.push(await google.visit(await begin(browser), person))
    const ends = await Promise.all(two.map((browser, n) => comeBack(browser, callbacks[n] ?? new URL(frontEnd))))
    expect(ends).toEqual([`${frontEnd}/done`, `${frontEnd}/done`])
    const ids = await Promise.all(two.map(async (browser) => (await meOf(browser)).id))
    expect(new Set(ids).size).toBe(1)
  })

  it("has an address that is not vouched for confirmed by our own mail", async () => {
    const person = someone({ email_verified: false })
    expect((await logInAs(person)).at).toBe(failed("EMAIL_NOT_VERIFIED"))
    const token = tokenIn(await mailTo(product.mailFolder, person.email ?? ""))
    await new Session(product.url).post("/api/v1/auth/verify-email", undefined, { "x-verify-token": token })
    const { browser, at } = await logInAs(person)
    expect(at).toBe(`${frontEnd}/done`)
    expect((await meOf(browser)).is_verified).toBe(true)
  })

  it("that never vouched for the address is no way in any more once the password was reset by mail; one that did is", async () => {
    const reset = async (email: string) => {
      const guest = new Session(product.url)
      expect((await guest.post("/api/v1/auth/password/reset-request", { email })).status).toBe(200)
      const mail = await eventually("the link", async () =>
        (await product.mails()).findLast(
          ({ subject, to }) => subject === "Choose a new password" && to?.some(({ address }) => address === email)
        )
      )
      const chosen = { token: tokenIn(mail), new_password: "quite-another-one" }
      expect((await guest.post("/api/v1/auth/password/reset", chosen)).status).toBe(200)
    }
    const squatter = someone({ email_verified: false })
    await logInAs(squatter)
    const token = tokenIn(await mailTo(product.mailFolder, squatter.email ?? ""))
    await new Session(product.url).post("/api/v1/auth/verify-email", undefined, { "x-verify-token": token })
    expect((await logInAs(squatter)).at).toBe(`${frontEnd}/done`)
    await reset(squatter.email ?? "")
    expect((await logInAs(squatter)).at).toBe(failed("EMAIL_NOT_VERIFIED"))
    const person = someone()
    const { browser } = await logInAs(person)
    const { id } = await meOf(browser)
    await reset(person.email ?? "")
    expect((await meOf((await logInAs(person)).browser)).id).toBe(id)
  })

  it("says no to a person without an address, one who declines, and one who is banned or gone", async () => {
    expect((await logInAs({ sub: "nobody-in-particular" })).at).toBe(failed("OAUTH_EMAIL_MISSING"))
    expect((await logInAs(undefined)).at).toBe(failed("OAUTH_DENIED"))
    const person = someone()
    await logInAs(person)
    await product.query("UPDATE users SET is_banned = true WHERE email = $1", person.email)
    expect((await logInAs(person)).at).toBe(failed("ACCOUNT_BANNED"))
    await product.query("UPDATE users SET is_banned = false, is_active = false WHERE email = $1", person.email)
    expect((await logInAs(person)).at).toBe(failed("ACCOUNT_DEACTIVATED"))
  })
})

describe("the way back from a provider", () => {
  const lost = failed("OAUTH_STATE_INVALID", "http://localhost:3000/")

  it("is open once, to the browser that began, with its own state", async () => {
    const browser = new Session(product.url)
    const callback = await google.visit(await begin(browser), someone())
    expect(await comeBack(new Session(product.url), callback)).toBe(lost)
    const stranger = new Session(product.url)
    await begin(stranger)
    expect(await comeBack(stranger, callback)).toBe(lost)
    expect(await comeBack(browser.at(product.api(1)), changed(callback, { state: "guessed" }))).toBe(lost)
    expect(browser.cookies.has("access_token")).toBe(false)
  })

  it("does not take a state twice, however many come at once", async () => {
    const browser = new Session(product.url)
    const callback = await google.visit(await begin(browser), someone())
    const jar = new Map(browser.cookies)
    const ends = await Promise.all(
      Array.from({ length: 4 }, (_, n) => comeBack(new Session(product.api(n % 2), undefined, new Map(jar)), callback))
    )
    expect(ends.filter((end) => end === `${frontEnd}/done`)).toHaveLength(1)
    expect(ends.filter((end) => end === lost)).toHaveLength(3)
  })

  it("does not take a code twice", async () => {
    const { callback, at } = await logInAs(someone())
    expect(at).toBe(`${frontEnd}/done`)
    const other = new Session(product.url)
    const next = await google.visit(await begin(other), someone())
    const injected = changed(next, { code: callback.searchParams.get("code") ?? "" })
    expect(await comeBack(other, injected)).toBe(failed("OAUTH_FAILED"))
  })

  it("does not take an answer of another issuer, or of none (RFC 9207)", async () => {
    for (const iss of ["https://attacker.example", undefined]) {
      const browser = new Session(product.url)
      const callback = await google.visit(await begin(browser), someone())
      expect(await comeBack(browser, changed(callback, { iss }))).toBe(failed("OAUTH_FAILED"))
    }
  })

  it("does not take what was asked for with another nonce or another PKCE challenge", async () => {
    for (const name of ["nonce", "code_challenge"]) {
      const browser = new Session(product.url)
      const asked = changed(new URL(await begin(browser)), { [name]: randomBytes(32).toString("base64url") })
      expect(await comeBack(browser, await google.visit(asked.href, someone()))).toBe(failed("OAUTH_FAILED"))
    }
  })

  it("ends after ten minutes", async () => {
    const browser = new Session(product.url)
    const callback = await google.visit(await begin(browser), someone())
    await product.query("UPDATE oauth_states SET expires_at = now() - interval '1 second'")
    expect(await comeBack(browser, callback)).toBe(lost)
  })

  it("leads to the front end only", async () => {
    const bad =
      "https://evil.example/,//evil.example,/done,http://front.veza.test:81/,http://front.veza.test.evil.example/"
    for (const redirect of [...bad.split(","), "http://front.veza.test@evil.example/", "javascript:alert(1)", ""]) {
      const reply = await new Session(product.url).get(`${oauthStart}?redirect=${encodeURIComponent(redirect)}`)
      expectRefusal(reply, 400, "REDIRECT_NOT_ALLOWED", "redirect")
    }
  })

  it("is not there for providers that are unknown or not configured", async () => {
    for (const path of ["github", "myspace", "github/callback?state=x", "myspace/callback"]) {
      const reply = await new Session(product.url).get(`/api/v1/auth/oauth/${path}`)
      expectRefusal(reply, 404, "OAUTH_PROVIDER_NOT_FOUND")
    }
  })
})

describe("an account that is there already", () => {
  it("is not entered by its address alone, and is linked by its owner", async () => {
    const account = await signUp(product)
    const person = someone({ email: account.email.toUpperCase() })
    const { at } = await logInAs(person)
    expect(at).toBe(failed("ACCOUNT_EXISTS"))

    const callback = await google.visit(await begin(account.byCookie), person)
    expect(await comeBack(account.byCookie, callback)).toBe(`${frontEnd}/done`)
    const list = await account.byCookie.get("/api/v1/auth/oauth/identities")
    expect(list.json).toMatchObject({
      data: { list: [{ provider: "google", email: person.email }], pagination: { total: 1, has_next: false } }
    })
    await mailed(account.email, "A new way into your account")
    const { browser } = await logInAs(person)
    expect((await meOf(browser)).id).toBe(account.id)

    const other = await signUp(product)
    const again = await google.visit(await begin(other.byCookie), person)
    expect(await comeBack(other.byCookie, again)).toBe(failed("IDENTITY_TAKEN"))
  })

  it("tells nothing of itself to somebody who did not prove its address", async () => {
    const account = await signUp(product)
    const person = someone({ email: account.email, email_verified: false })
    expect((await logInAs(person)).at).toBe(failed("EMAIL_NOT_VERIFIED"))
    await mailed(account.email, "You already have a Veza account")
    const callback = await google.visit(await begin(account.byCookie), person)
    expect(await comeBack(account.byCookie, callback)).toBe(`${frontEnd}/done`)
    expect((await meOf((await logInAs(person)).browser)).id).toBe(account.id)
  })

  it("is linked in the session that began, fresh, and not from another site", async () => {
    const account = await signUp(product)
    const callback = await google.visit(await begin(account.byCookie), someone())
    const withoutSession = new Map([...account.byCookie.cookies].filter(([name]) => name === "oauth_state"))
    expect(await comeBack(new Session(product.url, undefined, withoutSession), callback)).toBe(
      failed("OAUTH_STATE_INVALID")
    )
    const forged = await account.byCookie.get(oauthStart, { "sec-fetch-site": "cross-site" })
    expectRefusal(forged, 403, "CSRF_REFUSED")
    await product.query(
      "UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE user_id = $1",
      account.id
    )
    const stale = await logIn(product.url, account)
    await product.query(
      "UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE user_id = $1",
      account.id
    )
    expectRefusal(await stale.byCookie.get(oauthStart), 403, "REAUTHENTICATION_REQUIRED")
  })

  it("is unlinked, unless nothing else leads into it", async () => {
    const account = await signUp(product)
    await comeBack(account.byCookie, await google.visit(await begin(account.byCookie), someone()))
    const unlink = async (caller: Account, provider = "google") =>
      caller.byCookie.call("DELETE", `/api/v1/auth/oauth/identities/${provider}`, {
        headers: await byCookie(caller.byCookie)
      })
    expectRefusal(await account.byCookie.call("DELETE", "/api/v1/auth/oauth/identities/google"), 403, "CSRF_REFUSED")
    expectRefusal(await unlink(account, "myspace"), 404, "IDENTITY_NOT_FOUND")
    expect((await unlink(account)).status).toBe(200)
    expectRefusal(await unlink(account), 404, "IDENTITY_NOT_FOUND")
  })
})

describe("an account without a password", () => {
  it("keeps its last way in until a mailed link sets a password", async () => {
    const person = someone()
    const { browser } = await logInAs(person)
    const email = person.email ?? ""
    const headers = await byCookie(browser)
    const remove = (from: Session) => from.call("DELETE", "/api/v1/auth/oauth/identities/google", { headers })
    expectRefusal(await remove(browser), 409, "LAST_WAY_IN")
    const change = { current_password: "whatever-it-may-be", new_password: password }
    const put = await browser.call("PUT", "/api/v1/users/me/password", { json: change, headers })
    expectRefusal(put, 409, "PASSWORD_NOT_SET")
    const guest = new Session(product.url)
    const wrong = await guest.post("/api/v1/auth/login", { email, password })
    expect(failureOf(wrong).code).toBe("INVALID_CREDENTIALS")

    await guest.post("/api/v1/auth/password/reset-request", { email })
    const token = tokenIn(await mailTo(product.mailFolder, email))
    expect((await guest.post("/api/v1/auth/password/reset", { token, new_password: password })).status).toBe(200)
    const account = await logIn(product.url, { email, password })
    const again = await account.byCookie.call("DELETE", "/api/v1/auth/oauth/identities/google", {
      headers: await byCookie(account.byCookie)
    })
    expect(again.status).toBe(200)
  })
})
