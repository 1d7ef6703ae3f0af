import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { failureOf, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const passphrase = "keep-the-house-in-order"
const Made = Schema.Struct({
  id: Schema.String,
  role: Schema.Literal("admin"),
  reset_link: Schema.optionalKey(Schema.String)
})

let product: Product
let listener: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  listener = await signUp(product)
})
afterAll(() => product?.stop())

type Ended = Awaited<ReturnType<Product["veza"]>>
const done = ({ code, process }: Ended): unknown => {
  expect(code, process.errors).toBe(0)
  return JSON.parse(process.output)
}
/** Expects that a command ended with 1 and said why in one line, without changing anything. */
const expectRefused = ({ code, process }: Ended, why: RegExp) => {
  expect(code).toBe(1)
  expect(process.errors.trim()).toMatch(why)
  expect(process.errors.trim().split("\n")).toHaveLength(1)
  expect(process.output).toBe("")
}
const users = (...args: ReadonlyArray<string>) => product.veza("users", ...args)
const usersReading = (input: string, ...args: ReadonlyArray<string>) => product.vezaReading(input, "users", ...args)
const createAdmin = (name: string) => ["create-admin", "--email", `${name}@example.org`, "--username", name]
const eventsOf = (id: string) =>
  product.query(
    "SELECT type, context->>'actor_id' AS actor, context->>'user_agent' AS agent FROM outbox WHERE aggregate = $1 ORDER BY sequence",
    `user:${id}`
  )
const byOperator = (type: string) => ({ type, actor: null, agent: "veza cli" })

describe("veza users create-admin", () => {
  it("makes an administrator who logs in with the password from standard input", async () => {
    await product.workerProcess().stop()
    const { id } = Schema.decodeUnknownSync(Made)(
      done(await usersReading(`${passphrase}\n`, ...createAdmin("chief"), "--password-stdin", "--json"))
    )
    expect(await eventsOf(id)).toEqual([byOperator("user.registered"), byOperator("user.role_changed")])
    await product.startWorker()
    const chief = await logIn(product.url, { email: "chief@example.org", password: passphrase })
    expect(chief.id).toBe(id)
    expect((await chief.byToken.get("/api/v1/admin/users")).status).toBe(200)
  })

  it("prints a link instead, by which a password is chosen", async () => {
    const made = Schema.decodeUnknownSync(Made)(done(await users(...createAdmin("deputy"), "--reset-link", "--json")))
    const token = new URL(made.reset_link ?? "").searchParams.get("token")
    const guest = new Session(product.url)
    const reply = await guest.post("/api/v1/auth/password/reset", { token, new_password: passphrase })
    expect(reply.status).toBe(200)
    expect((await logIn(product.url, { email: "deputy@example.org", password: passphrase })).id).toBe(made.id)
  })

  it("refuses what is taken, weak, malformed or not given, and leaves nothing behind", async () => {
    const count = async () => (await product.query("SELECT 1 FROM users")).length
    const before = await count()
    const stdin = "--password-stdin"
    const as = (email: string, username: string) => ["create-admin", "--email", email, "--username", username, stdin]
    const [taken, sameAddress, weak, malformed, unasked] = await Promise.all([
      usersReading(passphrase, ...as("new@example.org", listener.username)),
      usersReading(passphrase, ...as(listener.email.toUpperCase(), "somebody")),
      usersReading("", ...as("new@example.org", "somebody")),
      usersReading(passphrase, ...as("nonsense", "a b")),
      users(...createAdmin("somebody"))
    ])
    expectRefused(taken, /username is taken/u)
    expectRefused(sameAddress, /address has an account/u)
    expectRefused(weak, /too short/u)
    expectRefused(malformed, /--email: .*--username: /u)
    expectRefused(unasked, /--password-stdin or --reset-link/u)
    expect(await count()).toBe(before)
  }, 60_000)
})

describe("veza users set-role and ban", () => {
  it("take effect on every process within a second, whichever way the user is named", async () => {
    const one = await logIn(product.url, listener)
    const there = one.byToken.at(product.api(1))
    for (const session of [one.byToken, there]) expect((await session.get(me)).status).toBe(200)
    expect(done(await users("set-role", one.username.toUpperCase(), "label", "--yes", "--json"))).toMatchObject({
      id: one.id,
      role: "label"
    })
    for (const session of [one.byToken, there]) {
      await eventually("the new role", async () => (await session.get(me)).status === 401, promptly)
      expect(failureOf(await session.get(me)).code).toBe("TOKEN_REVOKED")
    }
    const again = await logIn(product.url, listener)
    expect(done(await users("ban", one.email, "--reason", "spam", "--yes", "--json"))).toMatchObject({
      is_banned: true,
      ban_reason: "spam"
    })
    await eventually("the ban", async () => (await again.byToken.get(me)).status === 401, promptly)
    await expect(logIn(product.url, listener)).rejects.toThrow("ACCOUNT_BANNED")
    expect(done(await users("ban", one.id, "--undo", "--json"))).toMatchObject({ is_banned: false, ban_reason: null })
    await logIn(product.url, listener)
  })

  it("ask first, and change nothing where nobody can be asked; say what else stands in the way", async () => {
    await product.query("UPDATE users SET role = 'user' WHERE username = 'deputy'")
    const [unasked, unaskedBan, noReason, nobody, last, noRole] = await Promise.all([
      users("set-role", listener.id, "moderator"),
      users("ban", listener.id, "--reason", "spam"),
      users("ban", listener.id, "--yes"),
      users("ban", "nobody-at-all", "--reason", "spam", "--yes"),
      users("ban", "chief", "--reason", "spam", "--yes"),
      users("set-role", listener.id, "emperor", "--yes")
    ])
    expectRefused(unasked, /--yes/u)
    expectRefused(unaskedBan, /--yes/u)
    expectRefused(noReason, /needs a reason/u)
    expectRefused(nobody, /no such user/u)
    expectRefused(last, /No other administrator/u)
    expect(noRole.code).toBe(1)
    const [row] = await product.query("SELECT role, is_banned FROM users WHERE id = $1", listener.id)
    expect(row).toEqual({ role: "label", is_banned: false })
  }, 60_000)
})
