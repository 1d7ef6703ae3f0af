import { Effect, Layer, Option, Redacted } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { providerTokens } from "@veza/adapters/crypto"
import { ProviderTokens } from "@veza/domain/accounts"
import { eventually } from "../support/product/eventually.ts"
import { ProductProcess, runToEnd } from "../support/product/process.ts"
import { type Product, startProduct } from "../support/product.ts"
import { programs } from "../support/programs.ts"

const dedicated = "a-dedicated-key-of-more-than-32-characters"
const rows = 2000

let product: Product
beforeAll(async () => {
  product = await startProduct({ workers: 0 })
  await product.query(
    `INSERT INTO users (id, email, username, role, is_verified, created_at, updated_at)
     SELECT gen_random_uuid(), 'u' || n || '@example.org', 'u' || n, 'user', true, now(), now()
     FROM generate_series(1, $1::int) n`,
    rows
  )
  await product.query(
    "CREATE FUNCTION wait_a_little() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END'"
  )
})
afterAll(() => product?.stop())

const fill = (access: string) =>
  product.query(
    `INSERT INTO oauth_identities
       (id, user_id, provider, provider_user_id, access_token, refresh_token, created_at, last_used_at)
     SELECT gen_random_uuid(), id, 'google', username, ${access},
       CASE WHEN length(username) % 2 = 0 THEN 'refresh of ' || username END, now(), now()
     FROM users`
  )
const plan = (env: Readonly<Record<string, string>>, flags: ReadonlyArray<string>) => ({
  name: "veza",
  file: programs.veza,
  args: ["oauth", "encrypt-tokens", "--json", ...flags],
  cwd: product.home,
  env: { ...product.env, ...env }
})
const run = async (env: Readonly<Record<string, string>> = {}, ...flags: ReadonlyArray<string>) => {
  const { code, process } = await runToEnd(plan(env, flags))
  const answer: unknown = JSON.parse(process.output)
  return { code, answer }
}
const encrypted = async (): Promise<number> => {
  const [row] = await product.query(
    "SELECT count(*)::int AS n FROM oauth_identities WHERE access_token LIKE 'veza:1:%' AND coalesce(refresh_token, 'veza:1:') LIKE 'veza:1:%'"
  )
  return Number(JSON.parse(JSON.stringify(row)).n)
}

/** Opens every token by itself; answers how many were what they had been. */
const readable = async (current: string): Promise<number> => {
  const vault = Effect.runSync(
    Effect.provide(
      Effect.map(ProviderTokens, (tokens) => tokens),
      Layer.fresh(providerTokens({ current: Redacted.make(current), former: [] }))
    )
  )
  const found: ReadonlyArray<{ readonly name: string; readonly access: string; readonly refresh: string | null }> =
    JSON.parse(
      JSON.stringify(
        await product.query(
          "SELECT provider_user_id AS name, access_token AS access, refresh_token AS refresh FROM oauth_identities"
        )
      )
    )
  const plain = (name: string, text: string) =>
    Option.getOrUndefined(Option.map(vault.open(`google ${name}`, text), Redacted.value))
  return found.filter(
    ({ name, access, refresh }) =>
      plain(name, access) === `access of ${name}` && (refresh === null || plain(name, refresh) === `refresh of ${name}`)
  ).length
}
const secret = () => product.env.JWT_SECRET ?? ""

/** Makes every batch take its time, so that there is a middle to be killed in. */
const slow = (on: boolean) =>
  product.query(
    on
      ? "CREATE TRIGGER slow BEFORE UPDATE ON oauth_identities FOR EACH STATEMENT EXECUTE FUNCTION wait_a_little()"
      : "DROP TRIGGER slow ON oauth_identities"
  )

/** For tests in which several commands run to their end. */
const patience = 60_000

describe("veza oauth encrypt-tokens", () => {
  it("is killed in the middle and goes on from there", { timeout: patience }, async () => {
    await fill("'access of ' || username")
    await slow(true)
    const victim = new ProductProcess(plan({}, []))
    victim.start()
    await eventually("some tokens encrypted", async () => (await encrypted()) > 0)
    expect(await victim.kill()).toMatchObject({ signal: "SIGKILL" })
    await slow(false)
    const before = await encrypted()
    expect(before).toBeLessThan(rows)
    const rest = await run()
    expect(rest).toMatchObject({ code: 0, answer: { total: rows, changed: rows - before, unreadable: 0 } })
    expect(await readable(secret())).toBe(rows)
  })

  it("has nothing to do when all is done", async () => {
    expect(await run()).toMatchObject({ code: 0, answer: { current: rows, changed: 0 } })
  })

  it("moves tokens to a dedicated key, and says when it cannot", { timeout: patience }, async () => {
    const env = { OAUTH_ENCRYPTION_KEY: dedicated }
    expect(await run(env, "--rotate")).toMatchObject({ code: 0, answer: { former: rows, changed: rows } })
    expect(await readable(dedicated)).toBe(rows)
    expect(await run({}, "--rotate")).toMatchObject({ code: 1, answer: { unreadable: rows, changed: 0 } })
    expect(await readable(dedicated)).toBe(rows)
  })
})
