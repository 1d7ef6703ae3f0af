import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { defaultUserSettings, UserSettings } from "@veza/domain/accounts"
import { OptOutView, TermsView } from "@veza/http-koa/contract"
import { type Account, signUp } from "../support/product/accounts.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, type Reply, Session } from "../support/product/session.ts"
import { type Product, startProduct } from "../support/product.ts"

const settingsPath = "/api/v1/users/me/settings"
const optOutPath = "/api/v1/users/me/privacy/opt-out"
const termsPath = "/api/v1/legal/terms/current"
const acceptPath = "/api/v1/legal/terms/accept"
const TermsList = Schema.Struct({ list: Schema.Array(TermsView) })

let product: Product
let guest: Session
let account: Account

beforeAll(async () => {
  product = await startProduct({ apis: 2 })
  guest = new Session(product.url)
  account = await signUp(product)
})
afterAll(() => product.stop())

const choose = (json: unknown, n = 0): Promise<Reply> =>
  account.byToken.at(product.api(n)).call("PUT", settingsPath, { json })
const termsOf = async (caller: Session) => dataOf(TermsList, await caller.get(termsPath)).list

describe("settings", () => {
  it("are the defaults until somebody chooses, and then what was chosen, on every process", async () => {
    const first = await account.byToken.get(settingsPath)
    expect(first.headers.get("cache-control")).toBe("no-store")
    expect(dataOf(UserSettings, first)).toEqual(defaultUserSettings)
    const chosen = dataOf(UserSettings, await choose({ language: "pt-br", playback: { crossfade_seconds: 5 } }))
    expect(chosen).toEqual({
      ...defaultUserSettings,
      language: "pt-BR",
      playback: { ...defaultUserSettings.playback, crossfade_seconds: 5 }
    })
    expect(dataOf(UserSettings, await account.byToken.at(product.api(1)).get(settingsPath))).toEqual(chosen)
    expect(dataOf(UserSettings, await choose(chosen))).toEqual(chosen)
    expect(dataOf(UserSettings, await choose({}))).toEqual(chosen)
  })

  it("lose neither of two changes at once at two processes", async () => {
    await Promise.all([choose({ privacy: { show_likes: true } }), choose({ privacy: { discoverable: false } }, 1)])
    const { privacy } = dataOf(UserSettings, await account.byToken.get(settingsPath))
    expect(privacy).toMatchObject({ show_likes: true, discoverable: false })
  })

  it.each([
    ["an unknown key", { colour: "red" }, "colour"],
    ["an unknown key in a section", { privacy: { spy: true } }, "privacy.spy"],
    ["a theme that is none", { theme: "pink" }, "theme"],
    ["a language that is none", { language: "not a language" }, "language"],
    ["a crossfade of 13 seconds", { playback: { crossfade_seconds: 13 } }, "playback.crossfade_seconds"],
    ["a flag that is text", { notifications: { email_news: "yes" } }, "notifications.email_news"],
    ["mails about security switched off", { notifications: { email_security: false } }, "notifications.email_security"]
  ])("refuse %s, and change nothing", async (_what, json, field) => {
    const before = await account.byToken.get(settingsPath)
    expectRefusal(await choose({ theme: "dark", ...json }), 400, "VALIDATION_FAILED", field)
    expect((await account.byToken.get(settingsPath)).json).toEqual(before.json)
  })

  it("are nobody else's business", async () => {
    expectRefusal(await guest.get(settingsPath), 401, "UNAUTHENTICATED")
    expectRefusal(await guest.call("PUT", settingsPath, { json: {} }), 401, "UNAUTHENTICATED")
  })
})

describe("opting out", () => {
  const gpc = { "sec-gpc": "1" }

  it("is recorded once, however often it is said", async () => {
    const none = { opted_out: false, source: null, opted_out_at: null }
    expect(dataOf(OptOutView, await account.byToken.get(optOutPath))).toEqual(none)
    const replies = await Promise.all([1, 2, 3].map(() => account.byToken.post(optOutPath)))
    const views = replies.map((reply) => dataOf(OptOutView, reply))
    expect(new Set(views.map((view) => JSON.stringify(view))).size).toBe(1)
    expect(views[0]).toMatchObject({ opted_out: true, source: "request" })
    const later = dataOf(OptOutView, await account.byToken.call("POST", optOutPath, { headers: gpc }))
    expect(later.source).toBe("request")
    expectRefusal(await guest.post(optOutPath), 401, "UNAUTHENTICATED")
  })

  it("is done by logging in with a browser that says Global Privacy Control", async () => {
    const fresh = await signUp(product)
    const credentials = { email: fresh.email, password: fresh.password }
    await new Session(product.url).post("/api/v1/auth/login", credentials, { "sec-gpc": "0" })
    expect(dataOf(OptOutView, await fresh.byToken.get(optOutPath)).opted_out).toBe(false)
    await new Session(product.url).post("/api/v1/auth/login", credentials, gpc)
    expect(dataOf(OptOutView, await fresh.byToken.get(optOutPath))).toMatchObject({ opted_out: true, source: "gpc" })
  })
})

describe("the terms", () => {
  it("are read by everybody; who is signed in sees what they accepted", async () => {
    const reply = await guest.get(termsPath)
    expect(reply.headers.get("cache-control")).toBe("no-cache")
    const documents = await termsOf(guest)
    expect(documents.map(({ type }) => type)).toEqual(expect.arrayContaining(["terms_of_service", "privacy_policy"]))
    expect(documents.every((document) => !("accepted_at" in document))).toBe(true)
    expect((await termsOf(account.byToken)).every(({ accepted_at: at }) => at === null)).toBe(true)
    expect((await account.byToken.get(termsPath)).headers.get("cache-control")).toBe("no-store")
  })

  it("are accepted once, with address and agent in the ledger, however many ask at once", async () => {
    const consents = (await termsOf(guest)).slice(0, 2).map(({ type, version }) => ({ type, version }))
    const replies = await Promise.all([1, 2, 3].map(() => account.byToken.post(acceptPath, [...consents, ...consents])))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    const accepted = (await termsOf(account.byToken)).filter(({ accepted_at: at }) => at !== null)
    expect(accepted.map(({ type }) => type)).toEqual(consents.map(({ type }) => type))
    const ledger = await product.query("SELECT ip, user_agent FROM terms_acceptances WHERE user_id = $1", account.id)
    expect(ledger).toHaveLength(2)
    expect(ledger[0]).toEqual({ ip: "127.0.0.1", user_agent: expect.stringMatching(/./u) })
  })

  it("that were replaced are refused with the version in force, and nothing of the list is recorded", async () => {
    const fresh = await signUp(product)
    const consents = (await termsOf(guest)).map(({ type, version }) => ({ type, version }))
    await product.query(
      `INSERT INTO terms_documents SELECT type, '2026-02-01', title, url, summary, '2026-02-01T00:00:00Z'
        FROM terms_documents WHERE type = 'terms_of_service'`
    )
    const reply = await fresh.byToken.post(acceptPath, consents)
    expectRefusal(reply, 409, "STALE_TERMS_VERSION")
    expect(failureOf(reply).meta).toEqual({ type: "terms_of_service", current_version: "2026-02-01" })
    expect((await termsOf(fresh.byToken)).every(({ accepted_at: at }) => at === null)).toBe(true)
    const now = [{ type: "terms_of_service", version: "2026-02-01" }]
    expect((await fresh.byToken.post(acceptPath, now)).status).toBe(200)
  })

  it.each([
    ["an unknown type", [{ type: "blood_oath", version: "1" }], "0.type"],
    ["no version", [{ type: "privacy_policy" }], "0.version"],
    ["an empty list", [], "body"],
    ["no list", { type: "privacy_policy", version: "2026-01-01" }, "body"]
  ])("refuse %s", async (_what, json, field) => {
    expectRefusal(await account.byToken.post(acceptPath, json), 400, "VALIDATION_FAILED", field)
  })

  it("are accepted by somebody only", async () => {
    expectRefusal(await guest.post(acceptPath, []), 401, "UNAUTHENTICATED")
  })
})
