import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRefusal, expectRetryLater } from "../support/product/refusal.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { allowedOrigin, type Product, startProduct } from "../support/product.ts"

const path = "/api/v1/admin/maintenance"
const State = Schema.Struct({ maintenance: Schema.Boolean, source: Schema.String })

let product: Product
let admin: Account
let listener: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  const house = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", house.id)
  admin = await logIn(product.url, house)
  listener = await signUp(product)
})
afterAll(() => product.stop())

const statusAt = async (n: number): Promise<number> => (await new Session(product.api(n)).get("/api/v1/tracks")).status

/** Waits until both processes answer alike; everybody must follow within a second. */
const bothAnswer = (status: number) =>
  eventually(
    `both processes answering ${status}`,
    async () => (await statusAt(0)) === status && (await statusAt(1)) === status,
    promptly
  )
const set = (maintenance: boolean) => admin.byToken.call("PUT", path, { json: { maintenance } })
const veza = async (word: string): Promise<unknown> => {
  const { code, process } = await product.veza("maintenance", word, "--json")
  expect(code, process.errors).toBe(0)
  return JSON.parse(process.output)
}

describe("maintenance, switched on by an administrator", () => {
  it("closes every process within a second", async () => {
    expect(await statusAt(1)).toBe(200)
    expect(dataOf(State, await set(true))).toEqual({ maintenance: true, source: "database" })
    await bothAnswer(503)
    for (const n of [0, 1]) {
      const reply = await new Session(product.api(n)).get("/api/v1/tracks", { origin: allowedOrigin })
      expectRetryLater(reply, "MAINTENANCE")
      expect(reply.headers.get("access-control-allow-origin")).toBe(allowedOrigin)
    }
    expectRetryLater(await listener.byToken.get("/api/v1/auth/me"), "MAINTENANCE")
  })

  it("leaves health, metrics and administration open", async () => {
    const guest = new Session(product.api(1))
    for (const open of ["/health", "/healthz", "/readyz", "/metrics", "/openapi.json"]) {
      expect([open, (await guest.get(open)).status]).toEqual([open, 200])
    }
    expect((await guest.get("/status")).json).toMatchObject({ data: { maintenance: true } })
    expect(dataOf(State, await admin.byToken.at(product.api(1)).get(path)).maintenance).toBe(true)
  })

  it("lets administrators log in; others learn of it only with the right password", async () => {
    expect((await logIn(product.api(1), admin)).id).toBe(admin.id)
    const guest = new Session(product.api(1))
    const right = { email: listener.email, password: listener.password }
    expectRetryLater(await guest.post("/api/v1/auth/login", right), "MAINTENANCE")
    expectRefusal(
      await guest.post("/api/v1/auth/login", { ...right, password: "not-this-one" }),
      401,
      "INVALID_CREDENTIALS"
    )
    expect((await listener.byToken.post("/api/v1/auth/logout")).status).toBe(200)
  })

  it("opens again everywhere", async () => {
    expect((await set(false)).status).toBe(200)
    await bothAnswer(200)
  })
})

describe("maintenance by other hands", () => {
  it("is switched and told by the veza command", async () => {
    expect(await veza("on")).toEqual({ maintenance: true })
    await bothAnswer(503)
    expect(await veza("status")).toEqual({ maintenance: true })
    expect(await veza("off")).toEqual({ maintenance: false })
    await bothAnswer(200)
  })

  it("is forced for one process by MAINTENANCE_MODE, whatever the database says", async () => {
    const { url } = await product.addApi({ MAINTENANCE_MODE: "true" })
    const there = admin.byToken.at(url)
    expect(failureOf(await new Session(url).get("/api/v1/tracks")).code).toBe("MAINTENANCE")
    expect(dataOf(State, await there.get(path))).toEqual({ maintenance: true, source: "env" })
    expect(dataOf(State, await there.call("PUT", path, { json: { maintenance: false } }))).toEqual({
      maintenance: true,
      source: "env"
    })
    expect(await statusAt(0)).toBe(200)
  })

  it("is known to a process before its first request", async () => {
    await product.query("UPDATE platform_settings SET value_bool = true WHERE key = 'maintenance_mode'")
    const { url } = await product.addApi({})
    expectRetryLater(await new Session(url).get("/api/v1/tracks"), "MAINTENANCE")
  })
})
