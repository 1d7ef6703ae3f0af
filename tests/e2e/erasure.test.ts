import { globSync } from "node:fs"
import { join } from "node:path"
import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { ExportView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, password, signUp, signUpCreator } from "../support/product/accounts.ts"
import { KeyHolder, makeKey } from "../support/product/api-keys.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { picture } from "../support/product/images.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { challengeOf, enableFactor } from "../support/product/second-factor.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { tracksPath, uploadReady } from "../support/product/upload.ts"
import { unzip } from "../support/unzip.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const own = "/api/v1/users/me"
const Listed = Schema.Struct({ list: Schema.Array(ExportView) })
const namesIn = (rows: unknown) =>
  Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ name: Schema.String })))(rows).map(({ name }) => name)
const Rows = Schema.fromJsonString(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))

let product: Product
beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
})
afterAll(() => product?.stop())

const must = async (reply: ReturnType<Session["call"]>) => {
  const { status, bytes } = await reply
  expect(status, bytes.toString()).toBeLessThan(300)
}
const insertIdentity = (userId: string, providerUserId: string) =>
  product.query(
    `INSERT INTO oauth_identities (id, user_id, provider, provider_user_id, email, access_token, created_at, last_used_at)
     VALUES ($1, $2, 'github', $3, 'at-github@example.org', 'a provider token', now(), now())`,
    randomUUID(),
    userId,
    providerUserId
  )

const insertNotice = (ownerId: string, trackId: string) =>
  product.query(
    `INSERT INTO dmca_notices (id, track_id, owner_id, track_title, status, claimant_name, claimant_email, work_description,
       created_at, decided_at, countered_at, counter_name, counter_address, counter_statement)
     VALUES ($1, $2, $3, 'Once more', 'countered', 'A claimant', 'claimant@example.org', 'a work', now(), now(), now(),
       'Owen, all mine', 'all mine', 'all mine')`,
    randomUUID(),
    trackId,
    ownerId
  )

/** Somebody who has used everything that keeps something of them. */
const fill = async (account: Account) => {
  const { byToken, id } = account
  await must(
    byToken.call("PUT", `/api/v1/users/${id}`, { json: { username: `renamed_${account.username}`, bio: "all mine" } })
  )
  const png = { body: new Uint8Array(await picture("png")), headers: { "content-type": "image/png" } }
  for (const kind of ["avatar", "banner"]) await must(byToken.call("PUT", `${own}/${kind}`, png))
  await must(byToken.call("PUT", `${own}/settings`, { json: { theme: "dark", playback: { autoplay: true } } }))
  await must(byToken.post(`${own}/privacy/opt-out`))
  await must(byToken.post("/api/v1/legal/terms/accept", [{ type: "privacy_policy", version: "2026-01-01" }]))
  const { key } = await makeKey(account, { name: "my script" })
  await enableFactor(account)
  await challengeOf(product.url, account)
  await must(byToken.call("PUT", `${own}/email`, { json: { email: `next-${account.email}` } }))
  const bytes = await audioBytes({ folder: product.home, format: "flac", seconds: 1 })
  const track = await uploadReady(byToken, "Once more", { name: "a.flac", bytes })
  await must(byToken.post(`${tracksPath}/${track.id}/share`, {}, { "idempotency-key": "once" }))
  await insertIdentity(id, `github ${id.slice(0, 13)}`)
  await insertNotice(id, track.id)
  return key
}
const exportOf = async ({ byToken }: Account) => {
  await must(byToken.post("/api/v1/me/export"))
  const made = await eventually("the export", async () =>
    dataOf(Listed, await byToken.get("/api/v1/me/exports")).list.find(({ status }) => status === "ready")
  )
  return unzip((await byToken.get(`/api/v1/me/exports/${made.id}/download`)).bytes)
}
const images = (id: string) => globSync(`images/${id}/*`, { cwd: join(product.home, "uploads") })
const tablesOwning = async () => {
  const rows = await product.query(
    `SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)
     WHERE c.table_schema = 'public' AND t.table_schema = 'public' AND c.column_name = 'user_id'
       AND c.table_name !~ '^api_access_'`
  )
  return namesIn(rows)
}
/** How many rows each table has of somebody, but for those that have none. */
const rowsOf = async (id: string) => {
  const counts: Record<string, number> = {}
  for (const table of await tablesOwning()) {
    const rows = await product.query(`SELECT 1 FROM ${table} WHERE user_id = $1`, id)
    if (rows.length > 0) counts[table] = rows.length
  }
  return counts
}
/** The tables in which a text stands anywhere. */
const tablesWith = async (text: string) => {
  const tables = await product.query(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
  )
  const found: Array<string> = []
  for (const name of namesIn(tables)) {
    const rows = await product.query(`SELECT 1 FROM ${name} t WHERE t::text ILIKE '%' || $1 || '%'`, text)
    if (rows.length > 0) found.push(name)
  }
  return found
}

describe("everything that is kept of somebody", () => {
  it("is in their export, and goes with their account: at once, soon, and at the end", async () => {
    const account = await signUpCreator(product)
    const { id, byToken } = account
    const key = await fill(account)
    const there = new KeyHolder(product.api(1), key)
    expect((await there.get(me)).status).toBe(200)
    await eventually(
      "the calls written down",
      async () => (await product.query("SELECT 1 FROM api_access WHERE user_id = $1 AND api_key_id IS NOT NULL", id))[0]
    )

    const files = await exportOf(account)
    const section = (name: string) =>
      Schema.decodeUnknownSync(Rows)(files.get(`${name}.json`)?.toString("utf8") ?? `no ${name}`)
    expect(section("profile")).toEqual([
      { bio: "all mine", social_links: [], is_private: false, username_changed_at: expect.any(String) }
    ])
    expect(section("images").map(({ image }) => image)).toEqual([
      `/api/v1/users/${id}/avatar`,
      `/api/v1/users/${id}/banner`
    ])
    expect(section("former_usernames")).toEqual([{ name: account.username, held_until: expect.any(String) }])
    expect(section("settings")).toEqual(
      expect.arrayContaining([
        { setting: "theme", value: "dark" },
        { setting: "playback.autoplay", value: true }
      ])
    )
    expect(section("privacy")).toEqual([{ source: "request", opted_out_at: expect.any(String) }])
    expect(section("accepted_terms")).toMatchObject([
      { type: "privacy_policy", version: "2026-01-01", ip: "127.0.0.1" }
    ])
    const [shownKey] = section("api_keys")
    expect(shownKey).toMatchObject({ name: "my script", scopes: ["read", "write"], revoked_at: null })
    expect(key.startsWith(String(shownKey?.["prefix"]))).toBe(true)
    expect(section("second_factor")).toMatchObject([{ is_enabled: true, enabled_at: expect.any(String) }])
    expect(section("identities")).toMatchObject([{ provider: "github", email: "at-github@example.org" }])
    expect(section("email_change")).toMatchObject([{ email: `next-${account.email}` }])
    expect(section("infringement_notices")).toMatchObject([{ status: "countered", counter_name: "Owen, all mine" }])
    expect(files.get("infringement_notices.json")?.toString()).not.toContain("claimant")
    expect(section("exports")).toMatchObject([{ status: "pending" }])
    expect(section("api_calls")).toEqual(expect.arrayContaining([expect.objectContaining({ route: me, status: 200 })]))
    expect(section("audit")).toEqual(expect.arrayContaining([expect.objectContaining({ action: "api_key.created" })]))
    for (const bytes of files.values()) expect(bytes.toString()).not.toMatch(/argon2|digest|a provider token/u)
    for (const bytes of files.values()) expect(bytes.includes(key)).toBe(false)

    expect((await byToken.call("DELETE", own, { json: { password } })).status).toBe(200)
    expectRefusal(await new KeyHolder(product.url, key).get(me), 401, "INVALID_API_KEY")
    await eventually("the key's end at the other process", async () => (await there.get(me)).status === 401, promptly)
    for (const guest of [new Session(product.url), new Session(product.api(1))]) {
      for (const path of ["", "/avatar", "/banner"]) {
        const reply = () => guest.get(`/api/v1/users/${id}${path}`)
        await eventually("no profile", async () => (await reply()).status === 404, promptly)
        expectRefusal(await reply(), 404, "USER_NOT_FOUND")
      }
    }
    const left = Object.keys(await rowsOf(id)).filter((table) => table !== "removed_track_files")
    expect(left.toSorted()).toEqual(["api_access", "api_keys", "exports", "sessions", "terms_acceptances"])
    const guest = new Session(product.url)
    const heir = { username: account.username, email: account.email, password }
    expect((await guest.post("/api/v1/auth/register", heir)).status).toBe(201)
    await product.query("DELETE FROM users WHERE lower(email) = lower($1)", account.email)
    await eventually("the images gone", () => images(id).length === 0)
    expect(await product.query("SELECT 1 FROM image_files WHERE storage_key LIKE $1", `images/${id}/%`)).toEqual([])
    const other = await signUp(product)
    await insertIdentity(other.id, `github ${id.slice(0, 13)}`)

    await product.query(
      `INSERT INTO outbox_buried (id, type, aggregate, payload, context, occurred_at, attempts, last_error)
       SELECT gen_random_uuid(), 'x', 'x', jsonb_build_object('user_id', who), '{}', now(), 20, 'x' FROM unnest($1::text[]) who`,
      [id, other.id]
    )
    await product.query(
      "UPDATE users SET deleted_at = now() - interval '31 days', banned_at = now(), ban_reason = 'x' WHERE id = $1",
      id
    )
    await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
    await product.workerProcess().kill()
    await product.runJobs()
    await product.startWorker()
    const [user] = await eventually("the end", async () => {
      const rows = await product.query("SELECT * FROM users WHERE id = $1 AND anonymised_at IS NOT NULL", id)
      return rows.length === 1 && rows
    })
    const whoAndWhen = { display_name: null, birthdate: null, promoted_to_creator_at: null, username_changed_at: null }
    const lastSeen = { last_login_at: null, last_login_ip: null, login_count: 0, banned_at: null, ban_reason: null }
    expect(user).toMatchObject({ ...whoAndWhen, ...lastSeen })
    expect(await rowsOf(id)).toEqual({ terms_acceptances: 1 })
    const proof = await product.query("SELECT version, ip, user_agent FROM terms_acceptances WHERE user_id = $1", id)
    expect(proof).toEqual([{ version: "2026-01-01", ip: "", user_agent: "" }])
    expect(await product.query("SELECT payload->>'user_id' AS id FROM outbox_buried")).toEqual([{ id: other.id }])
    await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
    for (const text of [account.username, account.email, "all mine"]) expect(await tablesWith(text), text).toEqual([])
    expect((await tablesWith(id)).toSorted()).toEqual(["audit_entries", "dmca_notices", "terms_acceptances", "users"])
  })
})
