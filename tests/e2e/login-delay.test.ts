import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { password, signUp } from "../support/product/accounts.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const free = 3
let product: Product
beforeAll(async () => {
  // The limiter gives three attempts a second back; what is left to see is the delay.
  product = await startProduct({
    env: {
      AUTH_RATE_LIMIT_LOGIN_ATTEMPTS: String(free),
      AUTH_RATE_LIMIT_LOGIN_WINDOW: "1s",
      TRUSTED_PROXIES: "127.0.0.1,::1"
    }
  })
})
afterAll(() => product?.stop())

const login = (email: string, given: string, from = "192.0.2.1") =>
  new Session(product.url).post("/api/v1/auth/login", { email, password: given }, { "x-forwarded-for": from })
const failUntilDelayed = async (email: string) => {
  for (let n = 0; n < free; n++) expectRefusal(await login(email, "not-the-right-one"), 401, "INVALID_CREDENTIALS")
  await sleep(1100)
  return login(email, password)
}

describe("failed log-ins", () => {
  it("make the next one wait, longer each time, the same for an address without an account", async () => {
    const account = await signUp(product)
    for (const email of [account.email, "nobody-at-all@example.org"]) {
      const delayed = await failUntilDelayed(email)
      expectRefusal(delayed, 429, "TOO_MANY_ATTEMPTS")
      expect(Number(delayed.headers.get("retry-after"))).toBeGreaterThan(10)
      expect(Number(delayed.headers.get("retry-after"))).toBeLessThanOrEqual(15)
      await product.query("UPDATE failed_attempts SET last_at = last_at - interval '15 seconds'")
      expectRefusal(await login(email, "not-the-right-one"), 401, "INVALID_CREDENTIALS")
      const longer = Number((await login(email, password)).headers.get("retry-after"))
      expect(longer).toBeGreaterThan(20)
    }
  })

  it("do not keep the owner out from elsewhere, nor for good, and are forgotten by a success", async () => {
    const account = await signUp(product)
    expectRefusal(await failUntilDelayed(account.email), 429, "TOO_MANY_ATTEMPTS")
    expect((await login(account.email, password, "198.51.100.7")).status).toBe(200)
    await product.query("UPDATE failed_attempts SET failures = 1000000, last_at = last_at - interval '15 minutes'")
    expect((await login(account.email, password)).status).toBe(200)
    await sleep(1100)
    expectRefusal(await login(account.email, "not-the-right-one"), 401, "INVALID_CREDENTIALS")
    expect((await login(account.email, password)).status).toBe(200)
  })

  it("that come all at once are no way around it", async () => {
    const account = await signUp(product)
    const generous = (given: string) =>
      new Session(product.url).post(
        "/api/v1/auth/reauthenticate",
        { password: given },
        {
          authorization: `Bearer ${account.byToken.token}`,
          "x-forwarded-for": "203.0.113.9"
        }
      )
    const replies = await Promise.all(Array.from({ length: 12 }, () => generous("not-the-right-one")))
    expect(replies.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(free)
    await sleep(1100)
    expectRefusal(await generous(password), 429, "TOO_MANY_ATTEMPTS")
  })

  it("count wherever the current password is asked for: a stolen session is no way to guess it", async () => {
    const account = await signUp(product)
    const change = (current: string) => {
      const json = { current_password: current, new_password: "another-good-long-one" }
      return account.byToken.call("PUT", "/api/v1/users/me/password", { json })
    }
    for (let n = 0; n < free; n++) expectRefusal(await change("not-the-right-one"), 403, "WRONG_PASSWORD")
    expectRefusal(await change(password), 429, "TOO_MANY_ATTEMPTS")
  })
})
