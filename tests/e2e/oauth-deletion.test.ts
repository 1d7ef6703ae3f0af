import { OwnUser } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type OidcServer, type Person, someone } from "../support/oidc.ts"
import { logIn, password } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { tokenIn } from "../support/product/mails.ts"
import { byCookie, frontEnd, oauthStart, startWithProvider } from "../support/product/oauth.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, Session } from "../support/product/session.ts"
import type { Product } from "../support/product.ts"

const done = `${frontEnd}/done`

let product: Product
let google: OidcServer
beforeAll(async () => {
  ;({ product, google } = await startWithProvider())
})
afterAll(async () => {
  await product?.stop()
  google?.stop()
})

const locationOf = async (reply: ReturnType<Session["get"]>) => (await reply).headers.get("location") ?? ""
const begin = (browser: Session) => locationOf(browser.get(`${oauthStart}?redirect=${encodeURIComponent(done)}`))
const comeBack = (browser: Session, callback: URL) => locationOf(browser.get(`${callback.pathname}${callback.search}`))
const logInAs = async (person: Person) => {
  const browser = new Session(product.url)
  expect(await comeBack(browser, await google.visit(await begin(browser), person))).toBe(done)
  return browser
}
const meOf = async (browser: Session) => dataOf(OwnUser, await browser.get("/api/v1/auth/me"))

describe("an account without a password", () => {
  it("needs one to be deleted, and frees the identity, which makes a new account", async () => {
    const person = someone()
    const browser = await logInAs(person)
    const { id, email } = await meOf(browser)
    const remove = async (json: object) =>
      browser.call("DELETE", "/api/v1/users/me", { json, headers: await byCookie(browser) })
    expectRefusal(await remove({ password }), 409, "PASSWORD_NOT_SET")
    expect((await meOf(browser)).id).toBe(id)

    const guest = new Session(product.url)
    await guest.post("/api/v1/auth/password/reset-request", { email })
    const link = await eventually("the link", async () =>
      (await product.mails()).find(
        (mail) => mail.to?.[0]?.address === email && /new password/u.test(mail.subject ?? "")
      )
    )
    const chosen = { token: tokenIn(link), new_password: password }
    expect((await guest.post("/api/v1/auth/password/reset", chosen)).status).toBe(200)
    const { byToken } = await logIn(product.url, { email, password })
    const begun = await google.visit(await begin(byToken), person)
    expect((await byToken.call("DELETE", "/api/v1/users/me", { json: { password } })).status).toBe(200)
    expect(await comeBack(byToken, begun)).not.toBe(done)

    const fresh = await meOf(await logInAs(person))
    expect(fresh).toMatchObject({ email: person.email, is_verified: true })
    expect(fresh.id).not.toBe(id)
  })
})
