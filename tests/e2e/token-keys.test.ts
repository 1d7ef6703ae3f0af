import { statSync } from "node:fs"
import { join } from "node:path"
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, signUp } from "../support/product/accounts.ts"
import { programs } from "../support/programs.ts"
import { type Product, startProduct } from "../support/product.ts"
import { runToEnd } from "../support/product/process.ts"
import { Session } from "../support/product/session.ts"

const path = "/.well-known/jwks.json"
const me = "/api/v1/auth/me"
const Made = Schema.Struct({
  kid: Schema.String,
  private_key: Schema.String,
  public_key: Schema.String,
  set: Schema.Struct({ JWT_PRIVATE_KEY_PATH: Schema.String, JWT_PUBLIC_KEY_PATH: Schema.String })
})
type Made = typeof Made.Type

let product: Product
beforeAll(async () => {
  product = await startProduct()
})
afterAll(() => product?.stop())

const veza = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  runToEnd({ name: "veza", file: programs.veza, args, cwd: product.home, env: { ...product.env, ...env } })
const make = async (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>): Promise<Made> => {
  const { code, process } = await veza(env, "keys", ...args, "--json")
  expect(code, process.errors).toBe(0)
  return Schema.decodeUnknownSync(Made)(JSON.parse(process.output))
}
const tokenOf = (account: Account): string => account.byToken.token ?? ""
const verified = (url: string, token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(path, url)), {
    issuer: "veza-api",
    audience: "veza-app",
    typ: "at+jwt",
    algorithms: ["EdDSA", "RS256"]
  })

describe("the key set", () => {
  it("is empty where a secret signs", async () => {
    const reply = await new Session(product.url).get(path)
    expect(reply.json).toEqual({ keys: [] })
    expect(reply.headers.get("cache-control")).toBe("public, max-age=300")
    expect(reply.headers.get("content-type")).toMatch(/^application\/jwk-set\+json/)
  })

  it("lets others verify our tokens, through a rotation", async () => {
    const account = await signUp(product)
    const first = await make({}, "generate", "--out", join(product.home, "keys"))
    expect([first.private_key, first.public_key].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600])
    const before = await product.addApi(first.set)
    const early = await logIn(before.url, account)
    expect(decodeProtectedHeader(tokenOf(early))).toEqual({ alg: "EdDSA", kid: first.kid, typ: "at+jwt" })
    expect((await verified(before.url, tokenOf(early))).payload.sub).toBe(account.id)
    expect((await early.byToken.get(me)).status).toBe(200)
    expect((await early.byToken.at(product.url).get(me)).status).toBe(401)

    const second = await make(first.set, "rotate", "--type", "rsa")
    expect(second.set.JWT_PUBLIC_KEY_PATH.split(",")).toEqual([second.public_key, first.public_key])
    const after = await product.addApi(second.set)
    const late = await logIn(after.url, account)
    expect(decodeProtectedHeader(tokenOf(late))).toEqual({ alg: "RS256", kid: second.kid, typ: "at+jwt" })
    for (const account of [early, late]) {
      expect((await account.byToken.at(after.url).get(me)).status).toBe(200)
      await verified(after.url, tokenOf(account))
    }
    expect((await late.byToken.at(before.url).get(me)).status).toBe(401)
    expect((await new Session(after.url).get(path)).json).toMatchObject({ keys: [{ use: "sig" }, { kid: first.kid }] })
    expect(JSON.stringify((await new Session(after.url).get(path)).json)).not.toMatch(/"d"|"p"|"q"/)
  })
})

describe("a key file that cannot be used", () => {
  it("ends the start with 78 and a sentence", async () => {
    const env = { JWT_PRIVATE_KEY_PATH: join(product.home, "nowhere.pem"), APP_PORT: "0" }
    const { code, process } = await runToEnd({
      name: "api",
      file: programs.api,
      cwd: product.home,
      env: { ...product.env, ...env }
    })
    expect(code).toBe(78)
    expect(process.errors).toContain(`JWT_PRIVATE_KEY_PATH cannot be used: ${env.JWT_PRIVATE_KEY_PATH} does not exist`)
  })

  it("is not made over another, and is not rotated where there is none", async () => {
    const { code, process } = await veza({}, "keys", "rotate")
    expect(code).toBe(1)
    expect(process.errors).toContain("veza keys generate")
  })
})
