import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { ApiKeyView, Pagination } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp } from "../support/product/accounts.ts"
import { KeyHolder, keyOf, keysPath, makeKey, strangeKey } from "../support/product/api-keys.ts"
import { eventually } from "../support/product/eventually.ts"
import { mailTo } from "../support/product/mails.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, type Reply, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const like = `/api/v1/tracks/${randomUUID()}/like`
const Listed = Schema.Struct({ list: Schema.Array(ApiKeyView), pagination: Pagination })
const minute = 60_000

let product: Product
let account: Account

beforeAll(async () => {
  product = await startProduct()
  account = await signUp(product)
})
afterAll(() => product.stop())

const holder = (key: string) => new KeyHolder(product.url, key)
const refusal = (reply: Reply) => [reply.status, failureOf(reply).code, failureOf(reply).message]

/** The given key with one character of it changed. */
const mistyped = (key: string) => key.slice(0, 20) + (key[20] === "a" ? "b" : "a") + key.slice(21)

describe("making a key", () => {
  it("answers it once, keeps its digest only, and tells the owner by mail", async () => {
    const expires = new Date(Date.now() + minute).toISOString()
    const reply = await account.byToken.post(keysPath, { name: "My ♪ tool", scopes: ["read"], expires_at: expires })
    expect(reply.status).toBe(201)
    expect(reply.headers.get("cache-control")).toBe("no-store")
    const { key, ...shown } = keyOf(reply)
    expect(key).toMatch(/^vza_[0-9A-Za-z]{49}$/)
    expect(shown.prefix).toBe(key.slice(0, 12))
    const listed = await account.byToken.get(keysPath)
    const { list, pagination } = dataOf(Listed, listed)
    expect(list).toContainEqual(shown)
    expect(pagination).toEqual({ page: 1, limit: 100, total: list.length, has_next: false })
    expect(listed.bytes.includes(key)).toBe(false)
    const [stored] = await product.query("SELECT row_to_json(k)::text AS row FROM api_keys k WHERE id = $1", shown.id)
    expect(JSON.stringify(stored)).not.toContain(key.slice(13))
    const mail = await eventually("the mail", async () => {
      const latest = await mailTo(product.mailFolder, account.email)
      return latest.text?.includes(shown.prefix) === true && latest
    })
    expect(mail.text).toContain("My ♪ tool")
    expect(mail.text).not.toContain(key)
  })

  it.each([
    ["no name", { scopes: ["read"] }, "name"],
    ["a blank name", { name: " ", scopes: ["read"] }, "name"],
    ["a name of 101 characters", { name: "x".repeat(101), scopes: ["read"] }, "name"],
    ["a name with NUL", { name: "a\0", scopes: ["read"] }, "name"],
    ["a name that is no text", { name: 1, scopes: ["read"] }, "name"],
    ["no scopes", { name: "x" }, "scopes"],
    ["an empty list of scopes", { name: "x", scopes: [] }, /^scopes/],
    ["an unknown scope", { name: "x", scopes: ["read", "root"] }, "scopes.1"],
    ["the same scope twice", { name: "x", scopes: ["read", "read"] }, "scopes"],
    ["a date for a time", { name: "x", scopes: ["read"], expires_at: "2090-01-01" }, "expires_at"],
    ["no such time", { name: "x", scopes: ["read"], expires_at: "2090-13-01T00:00:00Z" }, "expires_at"],
    ["a number for a time", { name: "x", scopes: ["read"], expires_at: 4_000_000_000 }, "expires_at"],
    ["nothing right", { name: "", scopes: "read", expires_at: "soon" }, "expires_at,name,scopes"]
  ])("with %s is refused by field", async (_, body, fields) => {
    const reply = await account.byToken.post(keysPath, body)
    expectRefusal(reply, 400, "VALIDATION_FAILED")
    const named = new Set(failureOf(reply).details?.map(({ field }) => field))
    expect([...named].toSorted().join(",")).toMatch(fields)
  })

  it("that would have ended already, or with admin for somebody who is none, is refused", async () => {
    const past = { name: "x", scopes: ["read"], expires_at: new Date(Date.now() - 1).toISOString() }
    expectRefusal(await account.byToken.post(keysPath, past), 400, "EXPIRY_IN_THE_PAST", "expires_at")
    expectRefusal(await account.byToken.post(keysPath, { name: "x", scopes: ["admin"] }), 403, "FORBIDDEN")
  })
})

describe("a key", () => {
  it("lets its holder in by header, as a Bearer token and in the cookie", async () => {
    const { key, id } = await makeKey(account)
    const replies = [
      await holder(key).get(me),
      await new Session(product.url, key).get(me),
      await new Session(product.url, undefined, new Map([["access_token", key]])).get(me)
    ]
    for (const reply of replies) expect(dataOf(Schema.Struct({ id: Schema.String }), reply).id).toBe(account.id)
    const logged = () => product.apiProcess().log.includes(`"key_id":"${id}"`)
    await eventually("the key in the log", logged)
    expect(product.apiProcess().log).not.toContain(key)
  })

  it("that is mistyped, unknown or none is refused: by header as a key, as a token as a token", async () => {
    const { key } = await makeKey(account)
    for (const bad of [mistyped(key), strangeKey(), "vza_"]) {
      expect(refusal(await holder(bad).get(me))).toEqual([401, "INVALID_API_KEY", "Invalid API key"])
      expect(refusal(await new Session(product.url, bad).get(me))).toEqual([401, "INVALID_TOKEN", "Invalid token"])
    }
    expect(refusal(await holder("something").get(me))).toEqual([401, "UNAUTHENTICATED", "Access token required"])
    expect(refusal(await holder(key.toLowerCase().slice(4)).get(me))[1]).toBe("UNAUTHENTICATED")
  })

  it("counts only without a token, and a token that counts goes before", async () => {
    const { key } = await makeKey(account)
    const other = await signUp(product)
    const both = await other.byToken.get(me, { "x-api-key": key })
    expect(dataOf(Schema.Struct({ id: Schema.String }), both).id).toBe(other.id)
    expectRefusal(await new Session(product.url, "abc").get(me, { "x-api-key": key }), 401, "INVALID_TOKEN")
  })

  it("makes an anonymous request where signing in is optional and the key is bad", async () => {
    expect((await holder(strangeKey()).get("/api/v1/tracks")).status).toBe(200)
    expect((await holder((await makeKey(account)).key).get("/api/v1/tracks")).headers.get("vary")).toMatch(/X-API-Key/)
  })

  it("reads by read, changes by write, and does both only by both", async () => {
    const [read, write, both] = [
      holder((await makeKey(account, { scopes: ["read"] })).key),
      holder((await makeKey(account, { scopes: ["write"] })).key),
      holder((await makeKey(account)).key)
    ]
    for (const one of [read, both]) {
      expect((await one.get(me)).status).toBe(200)
      expect((await one.call("HEAD", me)).status).toBe(200)
    }
    for (const one of [write, both]) expectRefusal(await one.call("POST", like), 404, "TRACK_NOT_FOUND")
    expectRefusal(await read.call("POST", like), 403, "INSUFFICIENT_SCOPE")
    expectRefusal(await read.call("DELETE", like), 403, "INSUFFICIENT_SCOPE")
    expectRefusal(await write.get(me), 403, "INSUFFICIENT_SCOPE")
    expectRefusal(await write.get("/api/v1/tracks"), 403, "INSUFFICIENT_SCOPE")
  })

  it("never reaches the security of an account, its keys included", async () => {
    const { key, id } = await makeKey(account)
    const one = holder(key)
    for (const path of ["/api/v1/auth/sessions", "/api/v1/auth/csrf", keysPath]) {
      expectRefusal(await one.get(path), 403, "INSUFFICIENT_SCOPE")
    }
    for (const path of [keysPath, `${keysPath}/${id}/rotate`, "/api/v1/auth/logout", "/api/v1/auth/logout-all"]) {
      expectRefusal(await one.call("POST", path), 403, "INSUFFICIENT_SCOPE")
    }
    expectRefusal(await one.call("DELETE", `${keysPath}/${id}`), 403, "INSUFFICIENT_SCOPE")
  })

  it("needs no CSRF token in its header, and cannot change anything from the cookie", async () => {
    const { key } = await makeKey(account)
    expectRefusal(await holder(key).call("POST", like), 404, "TRACK_NOT_FOUND")
    expectRefusal(await new Session(product.url, key).post(like), 404, "TRACK_NOT_FOUND")
    const byCookie = new Session(product.url, undefined, new Map([["access_token", key]]))
    expectRefusal(await byCookie.post(like), 403, "CSRF_REFUSED")
    const besides = new Session(product.url, key, new Map([["access_token", key]]))
    expectRefusal(await besides.post(like), 403, "CSRF_REFUSED")
  })

  it("is counted by itself, reads and writes apart, with the count in every answer", async () => {
    const { url } = await product.addApi({
      API_KEY_RATE_LIMIT_READS_PER_HOUR: "3",
      API_KEY_RATE_LIMIT_WRITES_PER_HOUR: "2"
    })
    const [one, other] = [
      new KeyHolder(url, (await makeKey(account)).key),
      new KeyHolder(url, (await makeKey(account)).key)
    ]
    const counts = (reply: Reply) =>
      [reply.status, ...["limit", "remaining"].map((name) => Number(reply.headers.get(`x-ratelimit-${name}`)))].join()
    const reads = [await one.get(me), await one.call("HEAD", me), await one.get(me), await one.get(me)]
    expect(reads.map(counts)).toEqual(["200,3,2", "200,3,1", "200,3,0", "429,3,0"])
    const refused = reads.at(-1) ?? expect.fail()
    expectRefusal(refused, 429, "RATE_LIMITED")
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(1000)
    expect(Number(refused.headers.get("x-ratelimit-reset")) * 1000).toBeGreaterThan(Date.now() + 50 * minute)
    const writes = [await one.call("POST", like), await one.call("DELETE", like), await one.call("POST", like)]
    expect(writes.map(counts)).toEqual(["404,2,1", expect.stringMatching(/,2,0$/), "429,2,0"])
    expect(counts(await other.get(me))).toBe("200,3,2")
  })
})

it("keys leave events for the audit, which know the key but not its secret", async () => {
  await product.workerProcess().stop()
  const one = await makeKey(account)
  const next = keyOf(await account.byToken.post(`${keysPath}/${one.id}/rotate`, { overlap_seconds: 60 }))
  await account.byToken.call("DELETE", `${keysPath}/${one.id}`)
  const events = await product.query(
    "SELECT type, payload->>'api_key_id' AS key, context->>'actor_id' AS actor FROM outbox WHERE type LIKE 'api_key.%' AND payload->>'api_key_id' IN ($1, $2) ORDER BY sequence",
    one.id,
    next.id
  )
  expect(events).toEqual([
    { type: "api_key.created", key: one.id, actor: account.id },
    { type: "api_key.rotated", key: next.id, actor: account.id },
    { type: "api_key.revoked", key: one.id, actor: account.id }
  ])
  const rows = await product.query("SELECT payload FROM outbox")
  for (const { key } of [one, next]) expect(JSON.stringify(rows)).not.toContain(key)
})
