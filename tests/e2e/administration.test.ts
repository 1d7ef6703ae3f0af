import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { AdministeredUser, Pagination } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const path = "/api/v1/admin/users"
const me = "/api/v1/auth/me"
const refreshPath = "/api/v1/auth/refresh"
const List = Schema.Struct({ list: Schema.Array(AdministeredUser), pagination: Pagination })

let product: Product
let admin: Account
let accounts: ReadonlyArray<Account>

const makeAdmin = async (account: Account): Promise<Account> => {
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", account.id)
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  return logIn(product.url, account)
}

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  const [house, ...others] = await Promise.all(Array.from({ length: 6 }, () => signUp(product)))
  if (house === undefined) throw new Error("nobody signed up")
  admin = await makeAdmin(house)
  accounts = others
})
afterAll(() => product?.stop())

const account = (n: number): Account => accounts[n] ?? admin
const setRole = (id: string, role: string, by = admin) =>
  by.byToken.call("PUT", `${path}/${id}/role`, { json: { role } })
const ban = (id: string, reason: unknown = "spam", by = admin) => by.byToken.post(`${path}/${id}/ban`, { reason })
const unban = (id: string, by = admin) => by.byToken.call("DELETE", `${path}/${id}/ban`)
const list = async (query: string) => dataOf(List, await admin.byToken.get(`${path}?${query}`))
const ids = (found: typeof List.Type) => found.list.map(({ id }) => id)

/** Expects that a caller in use at both processes is out: at once at the first, within a second at the second. */
const expectOut = async ({ byToken }: Account, code: string) => {
  expect(failureOf(await byToken.get(me)).code).toBe(code)
  const there = byToken.at(product.api(1))
  await eventually("the end at the other process", async () => (await there.get(me)).status === 401, promptly)
  expect(failureOf(await there.get(me)).code).toBe(code)
}
const inUse = async ({ byToken }: Account) => {
  for (const n of [0, 1]) expect((await byToken.at(product.api(n)).get(me)).status).toBe(200)
}

describe("the list of users", () => {
  it("is searched by prefix and filtered, and holds nothing by which anybody signs in", async () => {
    const one = account(0)
    const found = await list(`q=${one.username.toUpperCase()}&is_verified=true&role=user&is_banned=false`)
    expect(ids(found)).toEqual([one.id])
    const reply = await admin.byToken.get(`${path}?q=${encodeURIComponent(one.email)}`)
    expect(dataOf(List, reply).list[0]).toMatchObject({ id: one.id, username: one.username, login_count: 1 })
    expect(reply.bytes.toString()).not.toMatch(/argon|password|hash|secret|token/iu)
    expect(reply.headers.get("cache-control")).toBe("no-store")
    for (const none of ["role=admin", "is_banned=true", "is_verified=false"]) {
      expect(ids(await list(`q=${one.username}&${none}`))).toEqual([])
    }
  })

  it("is walked by cursor in a declared order; a cursor fits its own list only", async () => {
    const walked: Array<string> = []
    let cursor: string | undefined = ""
    while (cursor !== undefined) {
      const page: typeof List.Type = await list(`sort=username&order=asc&limit=2&cursor=${cursor}`)
      walked.push(...page.list.map(({ username }) => username))
      cursor = page.pagination.next_cursor
    }
    expect(walked).toEqual([admin, ...accounts].map(({ username }) => username).toSorted())
    const { pagination } = await list("sort=username&order=asc&limit=2")
    expect(pagination).toMatchObject({ page: 1, total: 6, has_next: true })
    const elsewhere = await admin.byToken.get(`${path}?sort=email&order=asc&cursor=${pagination.next_cursor}`)
    expectRefusal(elsewhere, 400, "INVALID_CURSOR", "cursor")
  })

  it.each([
    ["role=emperor", "role"],
    ["is_banned=maybe", "is_banned"],
    ["q=%20", "q"],
    ["limit=0&is_verified=2", "is_verified,limit"]
  ])("refuses %s", async (query, fields) => {
    expectRefusal(await admin.byToken.get(`${path}?${query}`), 400, "VALIDATION_FAILED", fields)
  })

  it("is for administrators in person", async () => {
    expectRefusal(await account(0).byToken.get(path), 403, "FORBIDDEN")
    expectRefusal(await new Session(product.url).get(path), 401, "UNAUTHENTICATED")
    const id = account(1).id
    expectRefusal(await setRole(id, "admin", account(0)), 403, "FORBIDDEN")
    expectRefusal(await ban(id, "spam", account(0)), 403, "FORBIDDEN")
    expectRefusal(await unban(id, account(0)), 403, "FORBIDDEN")
  })
})

describe("a role", () => {
  it("is given at once on every process: tokens die, the session goes on with the new one", async () => {
    const one = await logIn(product.url, account(1))
    await inUse(one)
    const changed = dataOf(AdministeredUser, await setRole(one.id, "moderator"))
    expect(changed).toMatchObject({ id: one.id, role: "moderator", promoted_to_creator_at: null })
    await expectOut(one, "TOKEN_REVOKED")
    const tokens = dataOf(Schema.Struct({ access_token: Schema.String }), await one.byCookie.post(refreshPath))
    const reply = await new Session(product.url, tokens.access_token).get(me)
    expect(reply.json).toMatchObject({ data: { role: "moderator", promoted_to_creator_at: null } })
    expect((await setRole(one.id, "moderator")).status).toBe(200)
    expect((await new Session(product.url, tokens.access_token).get(me)).status).toBe(200)
  })

  it("is refused for nobody, no role, and oneself", async () => {
    expectRefusal(await setRole(randomUUID(), "user"), 404, "USER_NOT_FOUND")
    expectRefusal(await setRole("nonsense", "user"), 400, "VALIDATION_FAILED", "id")
    expectRefusal(await setRole(account(0).id, "emperor"), 400, "VALIDATION_FAILED", "role")
    expectRefusal(await setRole(admin.id, "user"), 409, "OWN_ACCOUNT")
    expectRefusal(await ban(admin.id), 409, "OWN_ACCOUNT")
  })

  it("of the last two administrators is never taken from both, not even when each takes the other's at once", async () => {
    for (let round = 0; round < 3; round++) {
      const other = await makeAdmin(account(2))
      const here = await logIn(product.url, admin)
      const replies = await Promise.all([
        setRole(other.id, "user", here),
        other.byToken.at(product.api(1)).call("PUT", `${path}/${here.id}/role`, { json: { role: "user" } })
      ])
      const statuses = replies.map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(1)
      // Who comes second finds either that the other is the last, or that its own tokens are dead already.
      expect([401, 409]).toContain(statuses.find((status) => status !== 200))
      expect(await product.query("SELECT 1 FROM users WHERE role = 'admin'")).toHaveLength(1)
      admin = await makeAdmin(admin)
      await product.query("UPDATE users SET role = 'user' WHERE id = $1", other.id)
    }
  })
})

describe("a ban", () => {
  const mailsTo = async (email: string) =>
    (await product.mails()).filter(({ to }) => to?.some(({ address }) => address === email))

  it("shuts somebody out at once on every process, tells them why, and ends again", async () => {
    const one = await logIn(product.url, account(3))
    await inUse(one)
    const banned = dataOf(AdministeredUser, await ban(one.id, "sold <b>copies</b>"))
    expect(banned).toMatchObject({ is_banned: true, ban_reason: "sold <b>copies</b>" })
    await expectOut(one, "SESSION_EXPIRED")
    expectRefusal(await one.byCookie.post(refreshPath), 401, "INVALID_TOKEN")
    const guest = new Session(product.api(1))
    expectRefusal(await guest.post("/api/v1/auth/login", one), 403, "ACCOUNT_BANNED")
    await eventually("the mail", async () =>
      (await mailsTo(one.email)).some(({ text }) => text?.includes("sold <b>copies</b>"))
    )
    expect(dataOf(AdministeredUser, await ban(one.id, "another reason")).ban_reason).toBe("sold <b>copies</b>")

    expect(dataOf(AdministeredUser, await unban(one.id))).toMatchObject({ is_banned: false, ban_reason: null })
    expect((await one.byToken.get(me)).status).toBe(401)
    await inUse(await logIn(product.url, one))
    expect((await unban(one.id)).status).toBe(200)
  })

  it("twice at once is one ban; who did what is told to the audit", async () => {
    await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
    await product.workerProcess().stop()
    const { id } = account(4)
    const replies = await Promise.all([ban(id, "one"), ban(id, "two"), ban(id, "three")])
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(replies.map((reply) => dataOf(AdministeredUser, reply).ban_reason)).size).toBe(1)
    await unban(id)
    await setRole(id, "label")
    const events = await product.query(
      "SELECT type, payload - 'user_id' - 'reason' AS payload, context->>'actor_id' AS actor FROM outbox WHERE aggregate = $1 ORDER BY sequence",
      `user:${id}`
    )
    const actor = admin.id
    expect(events).toEqual([
      { type: "user.banned", payload: {}, actor },
      { type: "user.unbanned", payload: {}, actor },
      { type: "user.role_changed", payload: { from_role: "user", to_role: "label" }, actor }
    ])
    await product.startWorker()
  })

  it("needs a reason and somebody to ban", async () => {
    expectRefusal(await ban(account(0).id, "  "), 400, "VALIDATION_FAILED", "reason")
    expectRefusal(await ban(account(0).id, "x".repeat(501)), 400, "VALIDATION_FAILED", "reason")
    expectRefusal(await ban(account(0).id, null), 400, "VALIDATION_FAILED", "reason")
    expectRefusal(await admin.byToken.post(`${path}/${account(0).id}/ban`, {}), 400, "VALIDATION_FAILED", "reason")
    expectRefusal(await ban(randomUUID()), 404, "USER_NOT_FOUND")
    expectRefusal(await unban(randomUUID()), 404, "USER_NOT_FOUND")
  })
})
