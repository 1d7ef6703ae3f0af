import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const refreshPath = "/api/v1/auth/refresh"
const Refreshed = Schema.Struct({ access_token: Schema.String, refresh_token: Schema.String })
const Sessions = Schema.Struct({
  list: Schema.Array(Schema.Struct({ id: Schema.String, current: Schema.Boolean, user_agent: Schema.String }))
})

let product: Product
let account: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  account = await signUp(product)
})
afterAll(() => product.stop())

const refreshTokenOf = (one: Account): string => one.byCookie.cookies.get("refresh_token") ?? ""
const refreshWith = (token: string, base = product.url) => new Session(base).post(refreshPath, { refresh_token: token })
/** Makes the last rotation of every token `seconds` older than it is. */
const age = (seconds: number) =>
  product.query("UPDATE refresh_tokens SET rotated_at = rotated_at - make_interval(secs => $1)", seconds)

describe("a refresh token", () => {
  it("gives new tokens, by cookie and by body, and is then spent", async () => {
    const one = await logIn(product.url, account)
    const first = refreshTokenOf(one)
    const reply = await one.byCookie.post(refreshPath)
    const tokens = dataOf(Refreshed, reply)
    expect(one.byCookie.cookies.get("refresh_token")).toBe(tokens.refresh_token)
    expect(tokens.refresh_token).not.toBe(first)
    expect((await new Session(product.url, tokens.access_token).get(me)).status).toBe(200)
    expect((await refreshWith(tokens.refresh_token)).status).toBe(200)
  })

  it("that fifty use at once gives one successor to all of them, on both processes, and nobody is logged out", async () => {
    const one = await logIn(product.url, account)
    const spent = refreshTokenOf(one)
    const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => refreshWith(spent, product.api(n % 2))))
    const successors = new Set(replies.map((reply) => dataOf(Refreshed, reply).refresh_token))
    expect(successors.size).toBe(1)
    const living = await product.query(
      "SELECT count(*)::int AS n FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = $1 AND s.revoked_at IS NULL AND t.rotated_at IS NULL AND s.created_at = (SELECT max(created_at) FROM sessions WHERE user_id = $1)",
      account.id
    )
    expect(living).toEqual([{ n: 1 }])
    expect((await one.byToken.get(me)).status).toBe(200)
  })

  it("used again after ten seconds ends the session on every process", async () => {
    const one = await logIn(product.url, account)
    const spent = refreshTokenOf(one)
    const { refresh_token: successor } = dataOf(Refreshed, await refreshWith(spent))
    await age(11)
    expect(failureOf(await refreshWith(spent)).code).toBe("INVALID_TOKEN")
    expect((await one.byToken.get(me)).status).toBe(401)
    await eventually(
      "the end of the session at the other process",
      async () => (await one.byToken.at(product.api(1)).get(me)).status === 401,
      promptly
    )
    expect((await refreshWith(successor)).status).toBe(401)
  })

  it("that nobody issued, an access token, and nothing at all are refused alike", async () => {
    const one = await logIn(product.url, account)
    for (const token of ["nonsense", one.byToken.token ?? "", ""]) {
      const reply = await refreshWith(token)
      expect(reply.status).toBe(401)
      expect(failureOf(reply)).toMatchObject({ code: "INVALID_TOKEN", message: "Invalid token" })
    }
  })

  it("is worth nothing after logging out", async () => {
    const one = await logIn(product.url, account)
    const token = refreshTokenOf(one)
    await one.byToken.post("/api/v1/auth/logout")
    expect((await refreshWith(token)).status).toBe(401)
  })

  it("is not taken from a page of another site", async () => {
    const one = await logIn(product.url, account)
    const reply = await one.byCookie.post(refreshPath, undefined, {
      "sec-fetch-site": "cross-site",
      origin: "https://evil.example"
    })
    expect(failureOf(reply).code).toBe("CSRF_REFUSED")
  })
})

describe("the list of sessions", () => {
  it("shows where one is signed in, and ends one of them", async () => {
    const fresh = await signUp(product)
    const other = await logIn(product.url, fresh)
    const { list: sessions } = dataOf(Sessions, await fresh.byToken.get("/api/v1/auth/sessions"))
    expect(sessions.filter(({ current }) => current)).toHaveLength(1)
    const there = sessions.find(({ current }) => !current)
    expect((await fresh.byToken.call("DELETE", `/api/v1/auth/sessions/${there?.id}`)).status).toBe(200)
    expect(failureOf(await other.byToken.get(me)).code).toBe("SESSION_EXPIRED")
    expect((await fresh.byToken.get(me)).status).toBe(200)
  })

  it("knows nothing of anybody else's", async () => {
    const stranger = await signUp(product)
    const { list: sessions } = dataOf(Sessions, await stranger.byToken.get("/api/v1/auth/sessions"))
    const reply = await account.byToken.call("DELETE", `/api/v1/auth/sessions/${sessions[0]?.id}`)
    expect(reply.status).toBe(404)
    expect((await stranger.byToken.get(me)).status).toBe(200)
  })

  it("is empty after logging out everywhere, and every token is dead", async () => {
    const fresh = await signUp(product)
    const other = await logIn(product.api(1), fresh)
    expect((await fresh.byToken.post("/api/v1/auth/logout-all")).status).toBe(200)
    expect((await fresh.byToken.get(me)).status).toBe(401)
    await eventually("the end of the other session", async () => (await other.byToken.get(me)).status === 401, promptly)
    const again = await logIn(product.url, fresh)
    expect((await again.byToken.get(me)).status).toBe(200)
  })
})

describe("checking a username", () => {
  const check = (name: string) => new Session(product.url).get(`/api/v1/auth/check-username?username=${name}`)
  const Answer = Schema.Struct({ available: Schema.Boolean, suggestion: Schema.optionalKey(Schema.String) })

  it("tells a free one from a taken one, whatever its case, and suggests one that is free", async () => {
    expect(dataOf(Answer, await check("nobody-has-this"))).toEqual({ available: true })
    const { available, suggestion } = dataOf(Answer, await check(account.username.toUpperCase()))
    expect(available).toBe(false)
    expect(dataOf(Answer, await check(suggestion ?? ""))).toEqual({ available: true })
  })

  it.each(["ab", "has space", "ünïcode", "admin", "deleted-x"])("refuses %s", async (name) => {
    expect(failureOf(await check(encodeURIComponent(name))).details?.[0]?.field).toBe("username")
  })
})

describe("outside development", () => {
  it("cookies travel by TLS only, and browsers are told to come back that way", async () => {
    const { url } = await product.addApi({ APP_ENV: "staging", CORS_ALLOWED_ORIGINS: "https://veza.example" })
    const reply = await new Session(url).post("/api/v1/auth/login", { email: account.email, password })
    expect(reply.status).toBe(200)
    const cookies = reply.headers.getSetCookie()
    expect(cookies.length).toBeGreaterThan(1)
    for (const cookie of cookies) expect(cookie).toMatch(/; secure/i)
    for (const answer of [reply, await new Session(url).get(me), await new Session(url).get("/nowhere")]) {
      expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000")
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff")
      expect(answer.headers.get("x-frame-options")).toBe("DENY")
      expect(answer.headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin")
      expect(answer.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'")
    }
    expect((await new Session(product.url).get(me)).headers.get("strict-transport-security")).toBeNull()
  })
})
