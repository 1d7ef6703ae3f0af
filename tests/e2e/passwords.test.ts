import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password, signUp } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { tokenIn } from "../support/product/mails.ts"
import { failureOf, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const replacement = "another-good-long-one"

let product: Product
beforeAll(async () => {
  product = await startProduct()
})
afterAll(() => product?.stop())

const mailsTo = async (email: string) =>
  (await product.mails()).filter(({ to }) => to?.some(({ address }) => address === email))
const mailAbout = async (email: string, subject: string) => {
  const find = async () => (await mailsTo(email)).find((mail) => mail.subject === subject)
  await eventually(`a mail “${subject}”`, async () => (await find()) !== undefined)
  const mail = await find()
  if (mail === undefined) throw new Error("The mail went away again.")
  return mail
}
const ask = (email: string) => new Session(product.url).post("/api/v1/auth/password/reset-request", { email })
const reset = (token: string, new_password: string) =>
  new Session(product.url).post("/api/v1/auth/password/reset", { token, new_password })
const resetTokenOf = async (account: Account) => {
  await ask(account.email)
  return tokenIn(await mailAbout(account.email, "Choose a new password"))
}

describe("changing a password", () => {
  it("keeps this device signed in, signs the others out, and tells the owner", async () => {
    const here = await signUp(product)
    const elsewhere = await logIn(product.url, here)
    const change = { current_password: password, new_password: replacement }
    expect((await here.byToken.call("PUT", "/api/v1/users/me/password", { json: change })).status).toBe(200)
    expect((await here.byToken.get(me)).status).toBe(200)
    expect(failureOf(await elsewhere.byToken.get(me)).code).toBe("SESSION_EXPIRED")
    await expect(logIn(product.url, here)).rejects.toThrow("INVALID_CREDENTIALS")
    await logIn(product.url, { ...here, password: replacement })
    expect((await mailAbout(here.email, "Your password was changed")).text).toContain(here.username)
  })

  it("needs the current one, and a good new one", async () => {
    const account = await signUp(product)
    const put = (json: object) => account.byToken.call("PUT", "/api/v1/users/me/password", { json })
    const wrong = failureOf(await put({ current_password: "not-the-right-one", new_password: replacement }))
    expect(wrong).toMatchObject({ code: "WRONG_PASSWORD", details: [{ field: "current_password" }] })
    const weak = failureOf(await put({ current_password: password, new_password: account.username }))
    expect(weak).toMatchObject({ code: "WEAK_PASSWORD", details: [{ field: "new_password" }] })
    await logIn(product.url, account)
  })
})

describe("a link to choose a new password", () => {
  it("sets it once, and ends every session", async () => {
    const account = await signUp(product)
    const token = await resetTokenOf(account)
    expect((await reset(token, replacement)).status).toBe(200)
    expect((await account.byToken.get(me)).status).toBe(401)
    await logIn(product.url, { ...account, password: replacement })
    expect(failureOf(await reset(token, "yet-another-long-one")).code).toBe("INVALID_RESET_TOKEN")
  })

  it("used twice at once sets one password", async () => {
    const account = await signUp(product)
    const token = await resetTokenOf(account)
    const replies = await Promise.all([reset(token, "first-of-two-long-ones"), reset(token, "second-of-two-long-ones")])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 400])
  })

  it("survives a password that is refused", async () => {
    const account = await signUp(product)
    const token = await resetTokenOf(account)
    expect(failureOf(await reset(token, "short")).code).toBe("WEAK_PASSWORD")
    expect((await reset(token, replacement)).status).toBe(200)
  })

  it("ends after an hour, and a link for verifying an address is none", async () => {
    const account = await signUp(product)
    const token = await resetTokenOf(account)
    await product.query("UPDATE mail_tokens SET expires_at = now() WHERE user_id = $1", account.id)
    expect(failureOf(await reset(token, replacement)).code).toBe("INVALID_RESET_TOKEN")
  })

  it("is asked for with the same answer, the same rows and no mail when there is no account", async () => {
    const account = await signUp(product)
    const nobody = "nobody-at-all@example.org"
    const rows = async () => product.query("SELECT (SELECT count(*) FROM mail_tokens)::int AS tokens")
    const before = await rows()
    const known = await ask(account.email)
    const afterKnown = await rows()
    const unknown = await ask(nobody)
    const afterUnknown = await rows()
    const tokensIn = (answer: ReadonlyArray<unknown>) => Number(JSON.parse(JSON.stringify(answer))[0].tokens)
    expect(tokensIn(afterKnown) - tokensIn(before)).toBe(1)
    expect(tokensIn(afterUnknown) - tokensIn(afterKnown)).toBe(1)
    expect(unknown.status).toBe(known.status)
    expect(unknown.bytes.equals(known.bytes)).toBe(true)
    await mailAbout(account.email, "Choose a new password")
    expect(await mailsTo(nobody)).toEqual([])
  })
})
