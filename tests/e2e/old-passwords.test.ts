import { afterAll, beforeAll, expect, it } from "vitest"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

/** Of the password that everybody has in these tests, as the old system stored it. */
const oldHash = "$2a$10$sxhlbj4ie.oYNtiZC07U9e8lhZQIqI2ZYSRS0Rg0jycdP6j3a.qWi"

let product: Product
let account: Account

beforeAll(async () => {
  product = await startProduct()
  account = await signUp(product)
})
afterAll(() => product?.stop())

const store = (hash: string) => product.query("UPDATE users SET password_hash = $1 WHERE id = $2", hash, account.id)
const stored = () => product.query("SELECT left(password_hash, 9) AS scheme FROM users WHERE id = $1", account.id)
const attempt = (password: string) =>
  new Session(product.url).post("/api/v1/auth/login", { email: account.email, password })

it("a password of the old system logs in, and is kept as Argon2id from then on", async () => {
  expect(account.password).toBe(password)
  await store(oldHash)
  expectRefusal(await attempt("not-this-one"), 401, "INVALID_CREDENTIALS")
  expect(await stored()).toEqual([{ scheme: expect.stringMatching(/^\$2a\$10\$/u) }])
  await logIn(product.url, account)
  expect(await stored()).toEqual([{ scheme: "$argon2id" }])
  await logIn(product.url, account)
  expectRefusal(await attempt("not-this-one"), 401, "INVALID_CREDENTIALS")
})

it("a hash that cannot be read is a wrong password to the caller, and an error to the operator", async () => {
  await store("$2a$10$cut-off")
  expectRefusal(await attempt(account.password), 401, "INVALID_CREDENTIALS")
  await eventually("the line in the log", () =>
    product.apiProcess().log.includes("a stored password hash cannot be read")
  )
})
