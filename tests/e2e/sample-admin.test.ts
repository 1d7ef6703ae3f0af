import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { challengeOf } from "../support/product/second-factor.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { codeNow } from "../support/product/totp.ts"
import { type Product, startProduct } from "../support/product.ts"

const Seeded = Schema.Struct({
  users: Schema.Array(
    Schema.Struct({
      role: Schema.String,
      email: Schema.String,
      password: Schema.String,
      totp_secret: Schema.optionalKey(Schema.String)
    })
  )
})
const Tokens = Schema.Struct({ access_token: Schema.String })

let product: Product
beforeAll(async () => {
  product = await startProduct({ workers: 0 })
})
afterAll(() => product?.stop())

describe("the administrator of the sample data", () => {
  it("has a second factor, whose secret seeding says", { timeout: 60_000 }, async () => {
    const { code, process } = await product.veza("seed", "--ci", "--json")
    expect(code, process.errors).toBe(0)
    const { users } = Schema.decodeUnknownSync(Seeded)(JSON.parse(process.output))
    const admin = users.find(({ role }) => role === "admin")
    if (admin?.totp_secret === undefined) throw new Error("Seeding says nothing of an administrator's secret.")
    const guest = new Session(product.url)
    const { challenge } = await challengeOf(product.url, admin)
    const answer = { challenge, code: codeNow(admin.totp_secret) }
    const { access_token } = dataOf(Tokens, await guest.post("/api/v1/auth/2fa/verify", answer))
    expect((await new Session(product.url, access_token).get("/api/v1/admin/maintenance")).status).toBe(200)
    const others = users.filter(({ role }) => role !== "admin")
    expect(others.map(({ totp_secret }) => totp_secret)).toEqual([undefined, undefined])
  })
})
