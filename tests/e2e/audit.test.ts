import { Schema } from "effect"
import { AuditEntryView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, type Reply, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const logs = "/api/v1/admin/audit/logs"
const stats = "/api/v1/admin/audit/stats"
const Page = Schema.Struct({
  list: Schema.Array(AuditEntryView),
  pagination: Schema.Struct({ has_next: Schema.Boolean, next_cursor: Schema.optionalKey(Schema.String) })
})
const Stats = Schema.Struct({
  from: Schema.String,
  to: Schema.String,
  total: Schema.Int,
  actions: Schema.Array(Schema.Struct({ action: Schema.String, count: Schema.Int }))
})
const Verdict = Schema.Struct({
  ok: Schema.Boolean,
  checked: Schema.Int,
  head: Schema.Struct({ sequence: Schema.Int, hash: Schema.String }),
  broken: Schema.NullOr(Schema.Struct({ sequence: Schema.Int, id: Schema.NullOr(Schema.String), kind: Schema.String }))
})

let product: Product
let admin: Account
let listener: Account

beforeAll(async () => {
  product = await startProduct({ workers: 2 })
  const house = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", house.id)
  admin = await logIn(product.url, house)
  listener = await signUp(product)
})
afterAll(() => product.stop())

const ask = (query: Readonly<Record<string, string>>): Promise<Reply> =>
  admin.byToken.get(`${logs}?${new URLSearchParams(query)}`)
const entries = async (query: Readonly<Record<string, string>>) =>
  dataOf(Page, await ask({ limit: "100", ...query })).list

/** Waits until the trail holds `count` entries that answer the query. */
const entered = (count: number, query: Readonly<Record<string, string>>) =>
  eventually(`${count} entries of ${JSON.stringify(query)}`, async () => {
    const found = await entries(query)
    return found.length >= count ? found : undefined
  })
const verify = async (...args: ReadonlyArray<string>) => {
  const { code, process } = await product.veza("audit", "verify", "--json", ...args)
  return { code, verdict: Schema.decodeUnknownSync(Schema.fromJsonString(Verdict))(process.output) }
}

describe("the audit trail", () => {
  it("tells what somebody did, from where, and nothing that is nobody's business", async () => {
    expect((await listener.byToken.post("/api/v1/users/me/upgrade-creator")).status).toBe(200)
    expect((await listener.byToken.post("/api/v1/auth/logout", undefined, { "x-request-id": "walk-1" })).status).toBe(
      200
    )
    const found = await entered(5, { actor: listener.id })
    expect(found.map(({ action }) => action)).toEqual([
      "user.logged_out",
      "user.upgrade_creator",
      "user.logged_in",
      "user.verified",
      "user.registered"
    ])
    const [loggedOut, upgraded] = found
    expect(upgraded?.metadata).toEqual({ from_role: "user", to_role: "creator" })
    expect(loggedOut).toMatchObject({
      resource: "user",
      resource_id: listener.id,
      request_id: "walk-1",
      ip: "127.0.0.1"
    })
    expect(loggedOut?.user_agent).toMatch(/node/)
    const told = JSON.stringify(found)
    for (const secret of [listener.email, password, ...listener.byCookie.cookies.values()]) {
      expect(told).not.toContain(secret)
    }
    listener = await logIn(product.url, listener)
  })

  it("tells of log-ins that failed, whether the address is known or not, without the address", async () => {
    const guest = new Session(product.url)
    const unknown = `nobody-${listener.username}@example.org`
    for (const email of [listener.email, unknown, unknown.toUpperCase()]) {
      const reply = await guest.post("/api/v1/auth/login", { email, password: "not-this-one" })
      expectRefusal(reply, 401, "INVALID_CREDENTIALS")
    }
    const found = await entered(3, { action: "user.login_failed", sort: "at", order: "asc" })
    const accounts = found.map(({ metadata }) => metadata["account"])
    expect(found.map(({ actor, resource_id: id }) => [actor, id])).toEqual(
      expect.arrayContaining([
        [null, listener.id],
        [null, null]
      ])
    )
    expect(new Set(accounts).size).toBe(2)
    expect(JSON.stringify(found)).not.toMatch(/example\.org/i)
  })

  it("is read by cursor without gap or repetition, and counted", async () => {
    const whole = await entries({})
    const walked: Array<string> = []
    let cursor: string | undefined = ""
    while (cursor !== undefined) {
      const page: typeof Page.Type = dataOf(Page, await ask({ cursor, limit: "4" }))
      walked.push(...page.list.map(({ id }) => id))
      cursor = page.pagination.next_cursor
    }
    expect(walked).toEqual(whole.map(({ id }) => id))
    const counted = dataOf(Stats, await admin.byToken.get(stats))
    expect(counted.total).toBe(whole.length)
    expect(counted.actions).toContainEqual({ action: "user.registered", count: 2 })
  })

  it("is for administrators, and says what is wrong with a question", async () => {
    for (const path of [logs, stats]) {
      expectRefusal(await new Session(product.url).get(path), 401, "UNAUTHENTICATED")
      expectRefusal(await listener.byToken.get(path), 403, "FORBIDDEN")
    }
    for (const [query, field] of [
      [{ limit: "0" }, "limit"],
      [{ actor: "somebody" }, "actor"],
      [{ from: "yesterday" }, "from"],
      [{ action: "a".repeat(101) }, "action"],
      [{ resource_id: "\0" }, "resource_id"]
    ] as const) {
      expectRefusal(await ask(query), 400, "VALIDATION_FAILED", field)
    }
    expectRefusal(await ask({ cursor: "bm90aGluZw" }), 400, "INVALID_CURSOR")
    const { pagination } = dataOf(Page, await ask({ cursor: "", limit: "2" }))
    expectRefusal(await ask({ cursor: pagination.next_cursor ?? "", action: "user.verified" }), 400, "INVALID_CURSOR")
    for (const period of ["from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z"]) {
      expectRefusal(await admin.byToken.get(`${stats}?${period}`), 400, "INVALID_PERIOD", "from")
    }
  })
})

describe("veza audit verify", () => {
  it("finds the trail of two workers whole, from its beginning or from the middle", async () => {
    await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
    const [row] = await product.query("SELECT count(*)::int AS n FROM audit_entries")
    const { code, verdict } = await verify()
    expect([code, verdict.ok, verdict.broken]).toEqual([0, true, null])
    expect(row).toEqual({ n: verdict.checked })
    const later = await verify("--from", String(verdict.head.sequence - 1))
    expect([later.code, later.verdict.checked, later.verdict.head]).toEqual([0, 2, verdict.head])
  })

  it("names the first entry that was changed, and ends with 1", async () => {
    await product.query("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only")
    await product.query("UPDATE audit_entries SET ip = '203.0.113.9' WHERE sequence IN (3, 5)")
    const changed = await verify()
    expect([changed.code, changed.verdict.checked]).toEqual([1, 2])
    expect(changed.verdict.broken).toMatchObject({ sequence: 3, kind: "changed" })
    await product.query("DELETE FROM audit_entries WHERE sequence = 2")
    const { code, process } = await product.veza("audit", "verify")
    expect(code).toBe(1)
    expect(process.output).toMatch(/broken at entry 2: it is not there/)
  })
})
