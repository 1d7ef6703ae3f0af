import { Schema } from "effect"
import { ApiKeyView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { KeyHolder, keyOf, keysPath, makeKey } from "../support/product/api-keys.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const maintenance = "/api/v1/admin/maintenance"
const Listed = Schema.Struct({ list: Schema.Array(ApiKeyView) })

let product: Product
let account: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  account = await signUp(product)
})
afterAll(() => product.stop())

const here = (key: string) => new KeyHolder(product.api(0), key)
const there = (key: string) => new KeyHolder(product.api(1), key)
const rotate = (id: string, body: unknown = {}) => account.byToken.post(`${keysPath}/${id}/rotate`, body)
const listed = async (one: Account) => dataOf(Listed, await one.byToken.get(keysPath)).list
/** What an operator changes by hand is announced by hand. */
const byHand = async (statement: string, ...values: ReadonlyArray<unknown>) => {
  await product.query(statement, ...values)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
}
const isRefused = async (one: KeyHolder, path = me) => (await one.get(path)).status === 401

describe("a rotated key", () => {
  it("hands name, scopes and expiry on, and lives on beside its successor for the time it is told", async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString()
    const old = await makeKey(account, { name: "handed on", scopes: ["read"], expires_at })
    const begun = Date.now()
    const reply = await rotate(old.id, { overlap_seconds: 4 })
    expect(reply.status).toBe(201)
    const next = keyOf(reply)
    expect(next).toMatchObject({ name: "handed on", scopes: ["read"], expires_at: old.expires_at, retires_at: null })
    expect(next.key).not.toBe(old.key)
    for (const { key } of [old, next]) {
      expect((await here(key).get(me)).status).toBe(200)
      expect((await there(key).get(me)).status).toBe(200)
    }
    await eventually("the end of the overlap", () => isRefused(here(old.key)))
    expect(Date.now() - begun).toBeGreaterThanOrEqual(4000)
    expect(await isRefused(there(old.key))).toBe(true)
    expect((await here(next.key).get(me)).status).toBe(200)
  })

  it("lives on for a day unless told otherwise, for a week at most, and not at all where that is asked for", async () => {
    const { id } = await makeKey(account)
    await rotate(id)
    const retires = (await listed(account)).find((one) => one.id === id)?.retires_at?.epochMilliseconds ?? 0
    expect(Math.round((retires - Date.now()) / 60_000)).toBe(24 * 60)
    const other = await makeKey(account)
    for (const overlap_seconds of [-1, 0.5, "1", 7 * 86_400 + 1]) {
      expectRefusal(await rotate(other.id, { overlap_seconds }), 400, "VALIDATION_FAILED", "overlap_seconds")
    }
    await there(other.key).get(me)
    keyOf(await rotate(other.id, { overlap_seconds: 0 }))
    expect(await isRefused(here(other.key))).toBe(true)
    await eventually("its end at the other process", () => isRefused(there(other.key)), promptly)
  })

  it("has one successor, however many ask for it at once, and none later", async () => {
    const { id } = await makeKey(account)
    const statuses = (await Promise.all([rotate(id), rotate(id), rotate(id)])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 409, 409])
    expectRefusal(await rotate(id), 409, "API_KEY_ROTATED")
  })
})

describe("a revoked key", () => {
  it("is dead at once here, and within a second at another process where it is in use", async () => {
    const { id, key } = await makeKey(account)
    for (let i = 0; i < 3; i++) expect((await there(key).get(me)).status).toBe(200)
    const replies = await Promise.all([0, 1].map(() => account.byToken.call("DELETE", `${keysPath}/${id}`)))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 404])
    expectRefusal(await here(key).get(me), 401, "INVALID_API_KEY")
    await eventually("its end at the other process", () => isRefused(there(key)), promptly)
    for (let i = 0; i < 20; i++) expect(await isRefused(there(key))).toBe(true)
    expectRefusal(await rotate(id), 404, "API_KEY_NOT_FOUND")
    expect((await listed(account)).map((one) => one.id)).not.toContain(id)
  })

  it("is its owner's: to anybody else there is none", async () => {
    const { id, key } = await makeKey(account)
    const other = await signUp(product)
    expectRefusal(await other.byToken.call("DELETE", `${keysPath}/${id}`), 404, "API_KEY_NOT_FOUND")
    expectRefusal(await other.byToken.post(`${keysPath}/${id}/rotate`), 404, "API_KEY_NOT_FOUND")
    expectRefusal(await other.byToken.call("DELETE", `${keysPath}/xyz`), 400, "VALIDATION_FAILED", "id")
    expect(await listed(other)).toEqual([])
    expect((await here(key).get(me)).status).toBe(200)
  })
})

describe("keys follow their owner", () => {
  it("outlive log-out and log-out everywhere, and end with a ban", async () => {
    const one = await signUp(product)
    const { key } = await makeKey(one)
    await one.byToken.post("/api/v1/auth/logout-all")
    expect((await here(key).get(me)).status).toBe(200)
    await byHand("UPDATE users SET is_banned = true WHERE id = $1", one.id)
    await eventually("the ban here", () => isRefused(here(key)), promptly)
    await eventually("the ban there", () => isRefused(there(key)), promptly)
    expectRefusal(await here(key).get(me), 401, "INVALID_API_KEY")
  })

  it("administer only as long as their owner does", async () => {
    const one = await signUp(product)
    await byHand("UPDATE users SET role = 'admin' WHERE id = $1", one.id)
    const { key } = await eventually("the role", () => makeKey(one, { scopes: ["admin"] }).catch(() => undefined))
    expect((await here(key).get(maintenance)).status).toBe(200)
    await byHand("UPDATE users SET role = 'creator' WHERE id = $1", one.id)
    await eventually("the loss of the role", async () => (await here(key).get(maintenance)).status === 403, promptly)
    expectRefusal(await here(key).get(me), 403, "INSUFFICIENT_SCOPE")
  })

  it("are twenty at most, however many are made at once, and one that ends makes room", async () => {
    const one = await signUp(product)
    const make = () => one.byToken.post(keysPath, { name: "one of many", scopes: ["read"] })
    const replies = await Promise.all(Array.from({ length: 24 }, make))
    expect(replies.filter(({ status }) => status === 201).length).toBe(20)
    for (const reply of replies.filter(({ status }) => status !== 201)) expectRefusal(reply, 409, "TOO_MANY_API_KEYS")
    const [first] = await listed(one)
    const path = `${keysPath}/${first?.id ?? ""}`
    expectRefusal(await one.byToken.post(`${path}/rotate`), 409, "TOO_MANY_API_KEYS")
    expect((await listed(one)).find(({ id }) => id === first?.id)?.retires_at).toBeNull()
    expect((await one.byToken.post(`${path}/rotate`, { overlap_seconds: 0 })).status).toBe(201)
    expectRefusal(await make(), 409, "TOO_MANY_API_KEYS")
  })

  it("are made only by somebody who proved who they are a short time ago", async () => {
    const one = await signUp(product)
    const { id } = await makeKey(one)
    await byHand("UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE user_id = $1", one.id)
    const refused = () => one.byToken.post(keysPath, { name: "x", scopes: ["read"] })
    await eventually("the age of the proof", async () => (await refused()).status === 403, promptly)
    expectRefusal(await refused(), 403, "REAUTHENTICATION_REQUIRED")
    expectRefusal(await one.byToken.post(`${keysPath}/${id}/rotate`), 403, "REAUTHENTICATION_REQUIRED")
    expect((await makeKey(await logIn(product.url, one))).name).toBe("a key")
    expect((await one.byToken.call("DELETE", `${keysPath}/${id}`)).status).toBe(200)
  })
})

it("the last use of a key is written when the process ends, at the latest", async () => {
  const { id, key } = await makeKey(account)
  for (let i = 0; i < 5; i++) await there(key).get(me)
  await product.apiProcess(1).stop()
  const used = (await listed(account)).find((one) => one.id === id)?.last_used_at?.epochMilliseconds ?? 0
  expect(Math.abs(Date.now() - used)).toBeLessThan(60_000)
})
