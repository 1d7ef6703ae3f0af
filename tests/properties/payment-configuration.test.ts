import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadSettings } from "@veza/adapters/config"

const production = {
  APP_ENV: "production",
  DATABASE_URL: "postgres://veza:hunter2-secret@db/veza",
  JWT_SECRET: "s3cret-".repeat(6),
  CORS_ALLOWED_ORIGINS: "https://veza.example"
}
const test = { APP_ENV: "test", DATABASE_URL: "postgres://x/y", JWT_SECRET: "x".repeat(32) }
const hyperswitch = { HYPERSWITCH_API_KEY: "snd_hush", HYPERSWITCH_WEBHOOK_SECRET: "hush-hush-hush-hush" }
const nowhere = "/nonexistent"
const load = (environment: Record<string, string>) => Effect.runSync(loadSettings(environment, nowhere))
const faultsIn = (environment: Record<string, string>): ReadonlyArray<string> =>
  Effect.runSync(Effect.flip(loadSettings(environment, nowhere))).faults.map(({ variable }) => variable)

describe("the settings of payments", () => {
  it("choose Hyperswitch where its key is, the sandbox in development alone, and nothing elsewhere", () => {
    assert.strictEqual(load(production).PAYMENT_PROVIDER, "none")
    assert.strictEqual(load(test).PAYMENT_PROVIDER, "none")
    assert.strictEqual(load({ APP_ENV: "development" }).PAYMENT_PROVIDER, "sandbox")
    assert.strictEqual(load({ APP_ENV: "development", ...hyperswitch }).PAYMENT_PROVIDER, "hyperswitch")
    assert.strictEqual(load({ ...production, ...hyperswitch }).PAYMENT_PROVIDER, "hyperswitch")
    assert.strictEqual(load({ ...production, ...hyperswitch, PAYMENT_PROVIDER: "none" }).PAYMENT_PROVIDER, "none")
  })

  it("refuse the sandbox wherever money is meant", () => {
    for (const APP_ENV of ["staging", "production"]) {
      assert.deepStrictEqual(faultsIn({ ...production, APP_ENV, PAYMENT_PROVIDER: "sandbox" }), ["PAYMENT_PROVIDER"])
    }
    const tried = { ...production, ...hyperswitch, HYPERSWITCH_URL: "https://sandbox.hyperswitch.io" }
    assert.deepStrictEqual(faultsIn(tried), ["HYPERSWITCH_URL"])
    assert.strictEqual(load({ ...tried, APP_ENV: "staging" }).PAYMENT_PROVIDER, "hyperswitch")
  })

  it("want both secrets, and https outside development", () => {
    const { HYPERSWITCH_API_KEY, HYPERSWITCH_WEBHOOK_SECRET } = hyperswitch
    assert.deepStrictEqual(faultsIn({ ...test, HYPERSWITCH_API_KEY }), ["HYPERSWITCH_WEBHOOK_SECRET"])
    assert.deepStrictEqual(faultsIn({ ...test, HYPERSWITCH_WEBHOOK_SECRET }), ["HYPERSWITCH_API_KEY"])
    const chosen = faultsIn({ ...test, PAYMENT_PROVIDER: "hyperswitch" })
    assert.deepStrictEqual(chosen, ["HYPERSWITCH_API_KEY", "HYPERSWITCH_WEBHOOK_SECRET"])
    const plain = { ...hyperswitch, HYPERSWITCH_URL: "http://hyperswitch.internal" }
    assert.deepStrictEqual(faultsIn({ ...production, ...plain }), ["HYPERSWITCH_URL"])
    assert.strictEqual(load({ ...test, ...plain }).PAYMENT_PROVIDER, "hyperswitch")
  })

  it("keep their secrets out of what is printed", () => {
    const shown = JSON.stringify(load({ ...production, ...hyperswitch }))
    for (const value of Object.values(hyperswitch)) assert.notInclude(shown, value)
  })
})
