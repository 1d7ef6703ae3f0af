import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password, signUp, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { mailTo, tokenIn } from "../support/product/mails.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { tracksPath, upload, uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const me = "/api/v1/auth/me"
const own = "/api/v1/users/me"
const Shared = Schema.Struct({ token: Schema.String })

let product: Product
beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
})
afterAll(() => product?.stop())

const remove = ({ byToken }: Account, json: object = { password }) => byToken.call("DELETE", own, { json })
const uploadFor = async (account: Account, title: string, more: Readonly<Record<string, string>> = {}) => {
  const bytes = await audioBytes({ folder: product.home, format: "flac", seconds: 1 })
  if (Object.keys(more).length === 0) return uploadReady(account.byToken, title, { name: "a.flac", bytes })
  return dataOf(TrackView, await upload(account.byToken, { title, ...more }, { name: "a.flac", bytes }))
}
const rowOf = async (id: string) => (await product.query("SELECT * FROM users WHERE id = $1", id))[0]
const filesOf = (id: string) => product.files().filter((name) => name.includes(id))

describe("deleting an account", () => {
  it("takes the person out of it at once, everywhere, and the files soon after", async () => {
    const creator = await signUpCreator(product)
    const listener = await signUp(product)
    const elsewhere = await logIn(product.api(1), creator)
    const track = await uploadFor(creator, "Gone")
    const path = `${tracksPath}/${track.id}`
    await listener.byToken.post(`${path}/like`)
    const { token: share } = dataOf(Shared, await listener.byToken.post(`${path}/share`, {}))
    await creator.byToken.post("/api/v1/me/export")
    await eventually("the export's file", () =>
      readdirSync(join(product.home, "exports")).some((n) => n.endsWith(".zip"))
    )
    await new Session(product.url).post("/api/v1/auth/password/reset-request", { email: creator.email })
    const reset = await eventually("the link", async () =>
      (await product.mails()).find(
        (mail) => mail.to?.[0]?.address === creator.email && /new password/u.test(mail.subject ?? "")
      )
    )
    const there = elsewhere.byToken.at(product.api(1))
    expect((await there.get(me)).status).toBe(200)
    expect((await there.get(`${path}/stream`)).status).toBe(200)

    const reply = await creator.byCookie.call("DELETE", own, {
      json: { password },
      headers: {
        "x-csrf-token": dataOf(
          Schema.Struct({ csrf_token: Schema.String }),
          await creator.byCookie.get("/api/v1/auth/csrf")
        ).csrf_token
      }
    })
    expect(reply.status).toBe(200)
    expect(creator.byCookie.cookies.size).toBe(0)

    expect((await remove(creator)).status).toBe(401)
    expect((await creator.byToken.get(me)).status).toBe(401)
    await eventually("the end at the other process", async () => (await there.get(me)).status === 401, promptly)
    const guest = new Session(product.api(1))
    await eventually(
      "no sound at the other process",
      async () => (await guest.get(`${path}/stream`)).status === 404,
      promptly
    )
    for (const session of [guest, guest.at(product.url), listener.byToken]) {
      expectRefusal(await session.get(path), 404, "TRACK_NOT_FOUND")
      expectRefusal(await session.get(`/api/v1/tracks/shared/${share}`), 403, "INVALID_SHARE_TOKEN")
      expect((await session.get(tracksPath)).bytes.toString()).not.toContain(track.id)
    }
    await expect(logIn(product.url, creator)).rejects.toThrow("INVALID_CREDENTIALS")
    const anonymous = { email: `deleted-${creator.id}@deleted.invalid`, password }
    await expect(logIn(product.url, anonymous)).rejects.toThrow("INVALID_CREDENTIALS")
    const useLink = await guest.post("/api/v1/auth/password/reset", {
      token: tokenIn(reset),
      new_password: "quite-another-one"
    })
    expect(failureOf(useLink).code).toBe("INVALID_RESET_TOKEN")
    expect(await rowOf(creator.id)).toMatchObject({
      username: `deleted-${creator.id}`,
      email: anonymous.email,
      display_name: null,
      birthdate: null,
      is_active: false
    })
    await eventually("the files gone", async () => filesOf(creator.id).length === 0)
    await eventually("the exports gone", () => readdirSync(join(product.home, "exports")).length === 0)
    const goodbye = await eventually("the last mail", async () =>
      (await product.mails()).find(({ subject }) => subject === "Your account is deleted")
    )
    expect([goodbye.to?.[0]?.address, goodbye.text]).toEqual([creator.email, expect.stringContaining(creator.username)])
    await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
  })

  it("needs the password, and a body as declared", async () => {
    const account = await signUp(product)
    const wrong = await remove(account, { password: "not-the-right-one" })
    expectRefusal(wrong, 403, "WRONG_PASSWORD", "password")
    expectRefusal(await remove(account, {}), 400, "VALIDATION_FAILED", "password")
    expectRefusal(
      await remove(account, { password, keep_public_tracks: "yes" }),
      400,
      "VALIDATION_FAILED",
      "keep_public_tracks"
    )
    expectRefusal(await new Session(product.url).call("DELETE", own, { json: { password } }), 401, "UNAUTHENTICATED")
    expect((await account.byToken.get(me)).status).toBe(200)
  })

  it("asked twice at once happens once", async () => {
    const account = await signUp(product)
    const statuses = (await Promise.all([remove(account), remove(account)])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 401])
    await eventually(
      "the mail",
      async () => (await mailTo(product.mailFolder, account.email)).subject === "Your account is deleted"
    )
    const goodbyes = (await product.mails()).filter(
      ({ to, subject }) => to?.[0]?.address === account.email && subject === "Your account is deleted"
    )
    expect(goodbyes).toHaveLength(1)
  })

  it("frees the address and the name", async () => {
    const account = await signUp(product)
    expect((await remove(account)).status).toBe(200)
    const guest = new Session(product.url)
    const again = { username: account.username, email: account.email, password }
    expect((await guest.post("/api/v1/auth/register", again)).status).toBe(201)
    const mail = await eventually("the second link", async () => {
      const links = (await product.mails()).filter(
        ({ to, subject }) => to?.[0]?.address === account.email && subject === "Confirm your e-mail address"
      )
      return links.length === 2 && links[1]
    })
    await guest.post("/api/v1/auth/verify-email", undefined, { "x-verify-token": tokenIn(mail) })
    expect((await logIn(product.url, again)).id).not.toBe(account.id)
  })

  it("keeps public tracks playing where asked to, and no others", async () => {
    const creator = await signUpCreator(product)
    const kept = await uploadFor(creator, "Stays")
    const hidden = await uploadFor(creator, "Goes", { is_public: "false" })
    expect((await remove(creator, { password, keep_public_tracks: true })).status).toBe(200)
    const guest = new Session(product.url)
    expect((await guest.get(`${tracksPath}/${kept.id}/stream`)).status).toBe(200)
    expect(dataOf(TrackView, await guest.get(`${tracksPath}/${kept.id}`)).user_id).toBe(creator.id)
    expect((await guest.get(`${tracksPath}/${hidden.id}`)).status).toBe(404)
    await eventually("the private file gone", () => filesOf(creator.id).length === 1)
    expect(filesOf(creator.id)[0]).toContain(kept.id)
  })

  it("is refused to the last administrator, who is told why", async () => {
    const [first, second] = [await signUp(product), await signUp(product)]
    await product.query("UPDATE users SET role = 'admin' WHERE id IN ($1, $2)", first.id, second.id)
    const replies = await Promise.all([remove(first), remove(second)])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
    const refused = replies.find(({ status }) => status === 409) ?? expect.fail("nobody was refused")
    expectRefusal(refused, 409, "DELETION_BLOCKED")
    expect(failureOf(refused).meta).toEqual({
      blockers: [{ code: "LAST_ADMINISTRATOR", message: expect.stringContaining("only administrator") }]
    })
  })

  it("loses nothing when no worker runs, and forgets the last traces after thirty days", async () => {
    const [creator, owner, before] = [await signUpCreator(product), await signUpCreator(product), await signUp(product)]
    const track = await uploadFor(owner, "Liked")
    await uploadFor(creator, "Gone too")
    await before.byToken.post(`${tracksPath}/${track.id}/like`)
    await product.workerProcess().kill()
    for (const account of [creator, before]) expect((await remove(account)).status).toBe(200)
    expect(filesOf(creator.id)).toHaveLength(1)
    await product.query("UPDATE users SET deleted_at = now() - interval '30 days 1 minute' WHERE id = $1", before.id)
    await product.runJobs()
    await product.startWorker()
    await eventually("the file gone", () => filesOf(creator.id).length === 0)
    await eventually("the final anonymisation", async () => {
      const rows = await product.query("SELECT 1 FROM users WHERE id = $1 AND anonymised_at IS NOT NULL", before.id)
      return rows.length === 1
    })
    expect(await rowOf(before.id)).toMatchObject({ last_login_ip: null, last_login_at: null })
    expect(await product.query("SELECT 1 FROM sessions WHERE user_id = $1", before.id)).toEqual([])
    expect(dataOf(TrackView, await owner.byToken.get(`${tracksPath}/${track.id}`)).like_count).toBe(0)
    expect(await rowOf(creator.id)).toMatchObject({ anonymised_at: null, last_login_ip: expect.any(String) })
  })
})
