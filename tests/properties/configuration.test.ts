import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import fc from "fast-check"
import {
  aboutVariables,
  configurationPage,
  Environment,
  InvalidConfiguration,
  loadSettings
} from "@veza/adapters/config"

const production = {
  APP_ENV: "production",
  DATABASE_URL: "postgres://veza:hunter2-secret@db/veza",
  JWT_SECRET: "s3cret-".repeat(6),
  CORS_ALLOWED_ORIGINS: "https://veza.example"
}
const nowhere = "/nonexistent"
const load = (environment: Record<string, string>) => Effect.runSync(loadSettings(environment, nowhere))
const faultsOf = (environment: Record<string, string>): InvalidConfiguration =>
  Effect.runSync(Effect.flip(loadSettings(environment, nowhere)))

describe("the configuration", () => {
  it("starts production with four variables", () => {
    const settings = load(production)
    assert.isTrue(settings.CLAMAV_REQUIRED)
    assert.strictEqual(settings.RATE_LIMIT_LIMIT, 200)
  })

  it("needs nothing but APP_ENV in development", () => {
    assert.isFalse(load({ APP_ENV: "development" }).CLAMAV_REQUIRED)
  })

  it("lists every fault at once, by name, and repeats no secret", () => {
    const error = faultsOf({
      ...production,
      JWT_SECRET: "short-secret",
      DATABASE_URL: "mysql://veza:hunter2-secret@db",
      APP_PORT: "70000",
      CSRF_DISABLED: "true",
      CORS_ALLOWED_ORIGINS: "*",
      TRUSTED_PROXIES: "10.0.0.0/8, 10.0.0.0/33",
      REDIS_ENABLE: "true",
      RABBITMQ_URL: "guest:hunter2-secret@broker:5672"
    })
    assert.sameMembers(
      error.faults.map(({ variable }) => variable),
      [
        "JWT_SECRET",
        "DATABASE_URL",
        "APP_PORT",
        "CSRF_DISABLED",
        "CORS_ALLOWED_ORIGINS",
        "TRUSTED_PROXIES",
        "REDIS_ENABLE",
        "RABBITMQ_URL"
      ]
    )
    assert.notInclude(error.message, "secret@")
    assert.notInclude(error.message, "short-secret")
  })

  it.each(["staging", "production"])("gives nothing away by default in %s", (APP_ENV) => {
    const missing = faultsOf({ APP_ENV }).faults.map(({ variable }) => variable)
    assert.includeMembers(missing, ["DATABASE_URL", "JWT_SECRET", "CORS_ALLOWED_ORIGINS"])
  })

  it("takes ENVIRONMENT for APP_ENV, but not against it", () => {
    assert.strictEqual(load({ ENVIRONMENT: "dev" }).APP_ENV, "development")
    assert.strictEqual(faultsOf({ ...production, ENVIRONMENT: "dev" }).faults[0]?.variable, "ENVIRONMENT")
  })

  it("never answers a secret when it is printed", () => {
    assert.notInclude(JSON.stringify(load(production)), "hunter2-secret")
  })

  it("survives any text in any variable", () => {
    const text = fc.string({ unit: "grapheme" })
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(aboutVariables)), text, (name, value) => {
        Effect.runSync(Effect.result(loadSettings({ ...production, [name]: value }, nowhere)))
      })
    )
  })
})

describe("docs/configuration.md", () => {
  it("is fresh", async () => {
    const page = await readFile(join(import.meta.dirname, "../../docs/configuration.md"), "utf8")
    assert.strictEqual(page, configurationPage())
  })

  it("states the defaults that are in force", () => {
    const decode = Schema.decodeUnknownSync(Environment)
    const defaults = decode({ APP_ENV: "test" })
    for (const [name, { fallback }] of Object.entries(aboutVariables)) {
      const stated = fallback === "" ? decode({ APP_ENV: "test" }) : decode({ APP_ENV: "test", [name]: fallback })
      assert.deepStrictEqual({ ...stated }, { ...defaults }, name)
    }
  })

  it("does not miss a default", () => {
    const optional = new Set(
      Object.entries(aboutVariables)
        .filter(([, { fallback }]) => fallback === "")
        .map(([name]) => name)
    )
    const defaults = Object.keys(Schema.decodeUnknownSync(Environment)({ APP_ENV: "test" }))
    assert.deepStrictEqual(defaults.filter((name) => optional.has(name)).toSorted(), ["APP_ENV", "TRUSTED_PROXIES"])
  })
})
