import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const guarded = "/api/v1/admin/audit/logs"

let product: Product

beforeAll(async () => {
  product = await startProduct()
})
afterAll(() => product.stop())

describe("the log of authenticated calls", () => {
  const callsOf = (account: Account) =>
    product.query(
      "SELECT method, route, status, session_id IS NOT NULL AS in_session, request_id FROM api_access WHERE user_id = $1 ORDER BY at, id",
      account.id
    )
  const logged = (account: Account, count: number) =>
    eventually(`${count} calls of ${account.username}`, async () => {
      const found = await callsOf(account)
      return found.length >= count ? found : undefined
    })

  it("holds every call of somebody signed in, refused or not, in the room of its day", async () => {
    const caller = await signUp(product)
    const named = (name: string) => ({ "x-request-id": name })
    await caller.byToken.get("/api/v1/auth/me", named("one"))
    await caller.byToken.get(`/api/v1/tracks/${caller.id}`, named("two"))
    await caller.byToken.get(guarded, named("three"))
    await new Session(product.url).get("/api/v1/tracks", named("nobody"))
    expect(await logged(caller, 3)).toEqual([
      { method: "GET", route: "/api/v1/auth/me", status: 200, in_session: true, request_id: "one" },
      { method: "GET", route: "/api/v1/tracks/:id", status: 404, in_session: true, request_id: "two" },
      { method: "GET", route: guarded, status: 403, in_session: true, request_id: "three" }
    ])
    expect(await product.query("SELECT 1 FROM api_access WHERE request_id = 'nobody'")).toEqual([])
    expect(await product.query("SELECT 1 FROM api_access_default")).toEqual([])
    const metrics = await new Session(product.url).get("/metrics")
    expect(metrics.bytes.toString()).toMatch(/^veza_audit_dropped_total 0$/m)
  })

  it("loses through kill -9 what was not written yet, and nothing else", async () => {
    const caller = await signUp(product)
    for (let i = 0; i < 3; i++) await caller.byToken.get("/api/v1/auth/me")
    await logged(caller, 3)
    await caller.byToken.post("/api/v1/users/me/upgrade-creator")
    await Promise.all(Array.from({ length: 20 }, () => caller.byToken.get("/api/v1/auth/me")))
    await product.apiProcess().kill()
    await product.startApi()
    const left = (await callsOf(caller)).length
    expect(left).toBeGreaterThanOrEqual(3)
    expect(left).toBeLessThanOrEqual(24)
    await eventually("the entry of the upgrade", async () => {
      const entry = "SELECT 1 FROM audit_entries WHERE actor = $1 AND action = 'user.upgrade_creator'"
      return (await product.query(entry, caller.id)).length === 1
    })
    await caller.byToken.get("/api/v1/auth/me")
    await logged(caller, left + 1)
  })

  it("is written to the last call when the process ends in order", async () => {
    const caller = await signUp(product)
    await Promise.all(Array.from({ length: 30 }, () => caller.byToken.get("/api/v1/auth/me")))
    await product.apiProcess().stop()
    expect(await callsOf(caller)).toHaveLength(30)
    await product.startApi()
  })
})
