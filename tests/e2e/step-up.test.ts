import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, password, signUp } from "../support/product/accounts.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { tokenIn } from "../support/product/mails.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { enableFactor } from "../support/product/second-factor.ts"
import { Session } from "../support/product/session.ts"
import { codeNow, wrongCode } from "../support/product/totp.ts"
import { type Product, startProduct } from "../support/product.ts"

const again = "/api/v1/auth/reauthenticate"
const setup = "/api/v1/auth/2fa/setup"

let product: Product
beforeAll(async () => {
  product = await startProduct({ apis: 2 })
})
afterAll(() => product?.stop())

/** Makes the last proof of an account's sessions eleven minutes old, and waits until the processes know. */
const age = async (account: Account) => {
  await product.query(
    "UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE user_id = $1",
    account.id
  )
  await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
  for (const base of [product.url, product.api(1)]) {
    await eventually("stale proofs", async () => (await account.byToken.at(base).post(setup)).status === 403, promptly)
  }
}
const mailAbout = (email: string, subject: string) =>
  eventually(`a mail “${subject}”`, async () =>
    (await product.mails()).findLast(
      (mail) =>
        mail.subject === subject && mail.to?.some(({ address }) => address?.toLowerCase() === email.toLowerCase())
    )
  )

describe("a sensitive change", () => {
  it("needs a proof that is at most ten minutes old, which a password gives, on every process", async () => {
    const account = await signUp(product)
    expect((await account.byToken.post(setup)).status).toBe(200)
    await age(account)
    expectRefusal(await account.byToken.post(setup), 403, "REAUTHENTICATION_REQUIRED")
    const email = { json: { email: "elsewhere@example.org" } }
    expectRefusal(await account.byToken.call("PUT", "/api/v1/users/me/email", email), 403, "REAUTHENTICATION_REQUIRED")
    expectRefusal(await account.byToken.post(again, { password: "not-the-right-one" }), 401, "INVALID_CREDENTIALS")
    expectRefusal(await account.byToken.post(setup), 403, "REAUTHENTICATION_REQUIRED")
    expect((await account.byToken.post(again, { password })).status).toBe(200)
    expect((await account.byToken.post(setup)).status).toBe(200)
    await eventually(
      "the proof at the other process",
      async () => {
        return (await account.byToken.at(product.api(1)).post(setup)).status === 200
      },
      promptly
    )
  })

  it("is opened by a code too, which alone renews the passing of the second factor", async () => {
    const account = await signUp(product)
    const { secret } = await enableFactor(account)
    await product.query("UPDATE second_factors SET last_step = 0 WHERE user_id = $1", account.id)
    await product.query("UPDATE sessions SET second_factor_at = NULL WHERE user_id = $1", account.id)
    const passed = async () =>
      product.query("SELECT second_factor_at IS NOT NULL AS passed FROM sessions WHERE user_id = $1", account.id)
    expectRefusal(await account.byToken.post(again, { totp_code: wrongCode(secret) }), 401, "INVALID_SECOND_FACTOR")
    expect((await account.byToken.post(again, { password })).status).toBe(200)
    expect(await passed()).toEqual([{ passed: false }])
    const code = codeNow(secret)
    expect((await account.byToken.post(again, { totp_code: code })).status).toBe(200)
    expect(await passed()).toEqual([{ passed: true }])
    expectRefusal(await account.byToken.post(again, { totp_code: code }), 401, "INVALID_SECOND_FACTOR")
  })

  it("is not opened by nothing, by a code of an account that has none, or by strangers", async () => {
    const account = await signUp(product)
    expectRefusal(await account.byToken.post(again, {}), 400, "VALIDATION_FAILED", "password")
    expectRefusal(await account.byToken.post(again, { totp_code: "123456" }), 401, "INVALID_SECOND_FACTOR")
    expectRefusal(await new Session(product.url).post(again, { password }), 401, "UNAUTHENTICATED")
    expectRefusal(await account.byCookie.post(again, { password }), 403, "CSRF_REFUSED")
  })
})

describe("changing one's e-mail address", () => {
  const put = (account: Account, email: unknown, base = product.url) =>
    account.byToken.at(base).call("PUT", "/api/v1/users/me/email", { json: { email } })
  const confirm = (token: string) => new Session(product.url).post("/api/v1/auth/email-change/confirm", { token })
  const login = (email: string) => new Session(product.url).post("/api/v1/auth/login", { email, password })
  const linkOf = async (email: string) => tokenIn(await mailAbout(email, "Confirm your new e-mail address"))

  it("happens when the link is opened, once; the old address is told before and after, devices stay signed in", async () => {
    const account = await signUp(product)
    const email = `new-${account.email}`
    expect((await put(account, email)).status).toBe(200)
    const token = await linkOf(email)
    await mailAbout(account.email, "Your e-mail address is about to change")
    expect((await login(account.email)).status).toBe(200)
    const replies = await Promise.all([confirm(token), confirm(token)])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 400])
    await mailAbout(account.email, "Your e-mail address was changed")
    expectRefusal(await login(account.email), 401, "INVALID_CREDENTIALS")
    expect((await login(email)).status).toBe(200)
    const me = await account.byToken.get("/api/v1/auth/me")
    expect(me.bytes.toString()).toContain(email)
  })

  it("answers alike whether the address is taken or not, and a taken one gets a mail without a link", async () => {
    const [account, other] = [await signUp(product), await signUp(product)]
    const free = await put(account, `free-${account.email}`)
    const taken = await put(account, other.email.toUpperCase())
    expect(taken.status).toBe(200)
    expect(taken.bytes.equals(free.bytes)).toBe(true)
    const mail = await mailAbout(other.email.toUpperCase(), "This address already has a Veza account")
    expect(mail.text).not.toContain("token=")
  })

  it("gives an address that two want at once to one of them", async () => {
    const people = [await signUp(product), await signUp(product)]
    const email = `wanted-${people[0]?.email}`
    const tokens: Array<string> = []
    for (const one of people) {
      await put(one, email)
      const link = await eventually("another link", async () => {
        const token = await linkOf(email)
        return tokens.includes(token) ? undefined : token
      })
      tokens.push(link)
    }
    const replies = await Promise.all(tokens.map(confirm))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 400])
  })

  it("is called off by a new password and by a later change; other links are no links for it", async () => {
    const account = await signUp(product)
    await put(account, `first-${account.email}`)
    const first = await linkOf(`first-${account.email}`)
    await put(account, `second-${account.email}`)
    const second = await linkOf(`second-${account.email}`)
    expectRefusal(await confirm(first), 400, "INVALID_VERIFICATION_TOKEN")
    const json = { current_password: password, new_password: "another-good-long-one" }
    expect((await account.byToken.call("PUT", "/api/v1/users/me/password", { json })).status).toBe(200)
    expectRefusal(await confirm(second), 400, "INVALID_VERIFICATION_TOKEN")
    expectRefusal(await confirm("nonsense"), 400, "INVALID_VERIFICATION_TOKEN")
    expectRefusal(await put(account, "no address"), 400, "VALIDATION_FAILED", "email")
    expectRefusal(await put(account, undefined), 400, "VALIDATION_FAILED", "email")
  })
})
