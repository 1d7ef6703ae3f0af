import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadSettings } from "@veza/adapters/config"

const production = {
  APP_ENV: "production",
  DATABASE_URL: "postgres://veza:hunter2-secret@db/veza",
  JWT_SECRET: "s3cret-".repeat(6),
  CORS_ALLOWED_ORIGINS: "https://veza.example"
}
const google = { OAUTH_GOOGLE_CLIENT_ID: "veza", OAUTH_GOOGLE_CLIENT_SECRET: "shh" }
const nowhere = "/nonexistent"
const load = (environment: Record<string, string>) => Effect.runSync(loadSettings(environment, nowhere))
const faultsIn = (environment: Record<string, string>): ReadonlyArray<string> =>
  Effect.runSync(Effect.flip(loadSettings(environment, nowhere))).faults.map(({ variable }) => variable)

describe("the settings of log-ins at providers", () => {
  it("want both halves of a client, our own address, and https", () => {
    assert.deepStrictEqual(
      faultsIn({ ...production, OAUTH_GITHUB_CLIENT_ID: "veza", PUBLIC_URL: "https://api.example" }),
      ["OAUTH_GITHUB_CLIENT_SECRET"]
    )
    assert.deepStrictEqual(faultsIn({ ...production, OAUTH_GITHUB_CLIENT_SECRET: "shh" }), ["OAUTH_GITHUB_CLIENT_ID"])
    assert.deepStrictEqual(faultsIn({ ...production, ...google }), ["PUBLIC_URL"])
    assert.deepStrictEqual(faultsIn({ ...production, ...google, PUBLIC_URL: "http://api.example" }), ["PUBLIC_URL"])
    const plain = {
      ...production,
      ...google,
      PUBLIC_URL: "https://api.example",
      OAUTH_GOOGLE_BASE_URL: "http://idp.example"
    }
    assert.deepStrictEqual(faultsIn(plain), ["OAUTH_GOOGLE_BASE_URL"])
    assert.deepStrictEqual(faultsIn({ ...production, OAUTH_ENCRYPTION_KEY: "short" }), ["OAUTH_ENCRYPTION_KEY"])
  })

  it("lead back to the front end unless told otherwise", () => {
    const settings = load({ APP_ENV: "test", DATABASE_URL: "postgres://x/y", JWT_SECRET: "x".repeat(32), ...google })
    assert.deepStrictEqual(settings.OAUTH_ALLOWED_REDIRECT_DOMAINS, ["localhost:3000"])
    assert.strictEqual(settings.PUBLIC_URL, "http://localhost:8080")
    const told = load({ ...production, OAUTH_ALLOWED_REDIRECT_DOMAINS: "veza.example, app.veza.example" })
    assert.deepStrictEqual(told.OAUTH_ALLOWED_REDIRECT_DOMAINS, ["veza.example", "app.veza.example"])
  })

  it("keep their secrets out of what is printed", () => {
    const secrets = { OAUTH_GOOGLE_CLIENT_SECRET: "hush-hush", OAUTH_ENCRYPTION_FORMER_KEYS: "former-one,former-two" }
    const shown = JSON.stringify(load({ ...production, ...google, ...secrets, PUBLIC_URL: "https://api.example" }))
    assert.notMatch(shown, /hush-hush|former-one|former-two/)
  })
})

describe("the settings of key files", () => {
  const folder = mkdtempSync(join(tmpdir(), "veza-keys-"))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" }
  })
  const [secret, open, rubbish] = [file("a.pem", privateKey), file("b.pem", publicKey), file("c.pem", "rubbish")]

  it("name a private key, and public keys beside it", () => {
    const settings = load({ ...production, JWT_PRIVATE_KEY_PATH: secret, JWT_PUBLIC_KEY_PATH: `${open}, ${open}` })
    assert.deepStrictEqual(settings.JWT_PUBLIC_KEY_PATH, [open, open])
  })

  it("are judged with all the other settings, each file by name", () => {
    assert.deepStrictEqual(faultsIn({ ...production, JWT_PUBLIC_KEY_PATH: open }), ["JWT_PUBLIC_KEY_PATH"])
    assert.deepStrictEqual(
      faultsIn({ ...production, JWT_PRIVATE_KEY_PATH: open, JWT_PUBLIC_KEY_PATH: `${rubbish},${folder}/none.pem` }),
      ["JWT_PRIVATE_KEY_PATH", "JWT_PUBLIC_KEY_PATH", "JWT_PUBLIC_KEY_PATH"]
    )
  })
})
