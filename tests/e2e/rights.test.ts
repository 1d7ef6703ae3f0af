import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { AuditEntryView, NoticeView, TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, logIn, password, signUp, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import {
  counterStatement,
  fileNotice,
  noticeIn,
  noticesPath,
  restoredIn,
  signUpJudge,
  statementAbout
} from "../support/product/notices.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { enableFactor } from "../support/product/second-factor.ts"
import { codeNow } from "../support/product/totp.ts"
import { tracksPath, uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const legal = "UNAVAILABLE_FOR_LEGAL_REASONS"
const Listed = Schema.Struct({ list: Schema.Array(NoticeView), pagination: Schema.Unknown })
const Tracks = Schema.Struct({ list: Schema.Array(TrackView), pagination: Schema.Unknown })
const Entries = Schema.Struct({ list: Schema.Array(AuditEntryView), pagination: Schema.Unknown })
const Shared = Schema.Struct({
  id: Schema.String,
  token: Schema.String,
  permission: Schema.String,
  expires_at: Schema.Null
})

let product: Product
let creator: Account
let listener: Account
let moderator: Account
let admin: Account
let here: Session
let there: Session

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
  const bases = [product.api(0), product.api(1)]
  creator = await signUpCreator(product)
  listener = await signUp(product)
  moderator = await signUpJudge(product, "moderator", bases)
  admin = await signUpJudge(product, "admin", bases)
  here = new Session(product.api(0))
  there = new Session(product.api(1))
})
afterAll(() => product?.stop())

let uploads = 0
const newTrack = async (seconds = 1): Promise<TrackView["id"]> => {
  const bytes = await audioBytes({ folder: product.home, format: "flac", seconds, noise: true })
  return (await uploadReady(creator.byToken, `Song ${uploads++}`, { name: "s.flac", bytes })).id
}
const judge = (step: string, id: string, json: object = {}, by = moderator.byToken) =>
  by.post(`${noticesPath}/${id}/${step}`, json)
const counter = (id: string, json: object = counterStatement, by = creator.byToken) =>
  by.post(`/api/v1/dmca/notices/${id}/counter-notice`, json)
const listed = async (session: Session): Promise<ReadonlyArray<string>> =>
  dataOf(Tracks, await session.get(`${tracksPath}?user_id=${creator.id}&limit=100`)).list.map(({ id }) => id)
const entriesOf = async (track: string) =>
  dataOf(Entries, await admin.byToken.get(`/api/v1/admin/audit/logs?resource_id=${track}&sort=at&order=asc`)).list
/** A mail with a subject about a notice, waited for. */
const mailAbout = (subject: string, noticeId: string) =>
  eventually(`a mail “${subject}”`, async () =>
    (await product.mails()).find((mail) => mail.subject === subject && mail.text?.includes(noticeId) === true)
  )
const takenDown = "A track of yours was taken down"
const settledMail = "A claim about your track is settled"
/** Makes a counter-notice as old as it must be. */
const letTimePass = (id: string) =>
  product.query("UPDATE dmca_notices SET countered_at = now() - interval '40 days' WHERE id = $1", id)

describe("a notice of infringement", () => {
  const send = (json: unknown) => here.post("/api/v1/dmca/notice", json)

  it("may come from anybody, names a track by id or address, and is recorded as it was sworn", async () => {
    const track = await newTrack()
    const id = await fileNotice(product.url, `https://veza.example/tracks/${track.toUpperCase()}?from=search`)
    const { list } = dataOf(Listed, await moderator.byToken.get(`${noticesPath}?track_id=${track}`))
    expect(list).toEqual([
      expect.objectContaining({ id, track_id: track, owner_id: creator.id, status: "received", decided_at: null })
    ])
    expect(list[0]?.claimant).toMatchObject({ name: "Clara Claim", email: "claimant@example.org", phone: null })
    expect((await here.get(`${tracksPath}/${track}`)).status).toBe(200)
  })

  it.each([
    ["sworn_statement", false],
    ["sworn_statement", undefined],
    ["good_faith_statement", "true"],
    ["signature", "  "],
    ["claimant_email", "nobody"],
    ["claimant_address", undefined],
    ["work_description", "x".repeat(5001)],
    ["track", "https://veza.example/albums/1"],
    ["work_url", "javascript:alert(1)"]
  ])("is refused with %s = %j, and nothing is kept", async (field, value) => {
    const count = () => product.query("SELECT count(*)::int AS n FROM dmca_notices")
    const before = await count()
    expectRefusal(await send(statementAbout(randomUUID(), { [field]: value })), 400, "VALIDATION_FAILED", field)
    expect(await count()).toEqual(before)
  })

  it("is about a track that there is", async () => {
    expectRefusal(await send(statementAbout(randomUUID())), 404, "TRACK_NOT_FOUND")
  })

  it("may be sent a few times an hour from an address", async () => {
    const strict = await product.addApi({ DMCA_NOTICE_RATE_LIMIT_PER_HOUR: "2" })
    const guest = new Session(strict.url)
    const statuses: Array<number> = []
    for (let i = 0; i < 3; i++) {
      statuses.push((await guest.post("/api/v1/dmca/notice", statementAbout(randomUUID()))).status)
    }
    expect(statuses).toEqual([404, 404, 429])
    expect((await guest.get(tracksPath)).status).toBe(200)
    await strict.process.stop()
  })
})

describe("judging notices", () => {
  it("is for moderators and administrators whose session passed the second factor", async () => {
    expectRefusal(await creator.byToken.get(noticesPath), 403, "FORBIDDEN")
    const second = await logIn(product.url, await signUp(product))
    await product.query("UPDATE users SET role = 'moderator' WHERE id = $1", second.id)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
    const refused = () => second.byToken.get(noticesPath)
    await eventually("the role", async () => failureOf(await refused()).code === "SECOND_FACTOR_REQUIRED", promptly)
    expectRefusal(await refused(), 403, "SECOND_FACTOR_REQUIRED")
    const { secret } = await enableFactor(second)
    expect((await refused()).status).toBe(200)
    // A session that has not passed the factor passes it now.
    await product.query("UPDATE sessions SET second_factor_at = NULL WHERE user_id = $1", second.id)
    await product.query("UPDATE second_factors SET last_step = 0 WHERE user_id = $1", second.id)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'accounts'")
    await eventually("no factor", async () => (await refused()).status === 403, promptly)
    const again = "/api/v1/auth/reauthenticate"
    expect((await second.byToken.post(again, { password })).status).toBe(200)
    expectRefusal(await refused(), 403, "SECOND_FACTOR_REQUIRED")
    expect((await second.byToken.post(again, { totp_code: codeNow(secret) })).status).toBe(200)
    expect((await refused()).status).toBe(200)
  })

  it("has one outcome when two decide at the same time, and the other is told which", async () => {
    for (const other of ["takedown", "dismiss"]) {
      const track = await newTrack()
      const id = await fileNotice(product.url, track)
      const replies = await Promise.all([
        judge("takedown", id, {}, moderator.byToken),
        judge(other, id, { reason: "no" }, admin.byToken.at(product.api(1)))
      ])
      expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
      const lost = replies.find(({ status }) => status === 409) ?? replies[0]
      const won = replies.find(({ status }) => status === 200) ?? replies[0]
      expect(failureOf(lost)).toMatchObject({ code: "NOTICE_CONFLICT", meta: { status: noticeIn(won).status } })
      const blocked = await product.query("SELECT blocked_at IS NOT NULL AS is FROM tracks WHERE id = $1", track)
      expect(blocked).toEqual([{ is: noticeIn(won).status === "taken_down" }])
      const decisions = await eventually("the decision audited", async () => {
        const found = (await entriesOf(track)).filter(({ action }) => /taken_down|dismissed/u.test(action))
        return found.length > 0 && found
      })
      expect(decisions).toHaveLength(1)
      expect(decisions[0]?.actor).toBe(noticeIn(won).decided_by)
    }
  })

  it("finds the track gone, and changes nothing then", async () => {
    const track = await newTrack()
    const id = await fileNotice(product.url, track)
    await product.query("DELETE FROM tracks WHERE id = $1", track)
    expectRefusal(await judge("takedown", id), 410, "TRACK_GONE")
    const { list } = dataOf(Listed, await moderator.byToken.get(`${noticesPath}?track_id=${track}`))
    expect(list.map(({ status }) => status)).toEqual(["received"])
    expectRefusal(await judge("dismiss", id, { reason: " " }), 400, "VALIDATION_FAILED", "reason")
    expect(noticeIn(await judge("dismiss", id, { reason: "it is gone" }))).toMatchObject({
      status: "dismissed",
      reason: "it is gone",
      decided_by: moderator.id
    })
    expectRefusal(await judge("takedown", id), 409, "NOTICE_CONFLICT")
    expectRefusal(await judge("takedown", randomUUID()), 404, "NOTICE_NOT_FOUND")
  })
})

describe("a track that was taken down", () => {
  it("is unavailable to everybody on every process, while somebody listens, until the claim is settled", async () => {
    const track = await newTrack(10)
    const path = `${tracksPath}/${track}`
    const share = dataOf(Shared, await listener.byToken.post(`${path}/share`, {})).token
    const etag = (await there.get(path)).headers.get("etag") ?? ""
    for (const session of [here, there]) expect(await listed(session)).toContain(track)
    const range = (from: number, session = there) =>
      session.get(`${path}/stream`, { range: `bytes=${from}-${from + 4095}` })
    for (const from of [0, 4096, 8192]) expect((await range(from)).status).toBe(206)
    expect((await there.get(`${tracksPath}/${track.toUpperCase()}/stream`, { range: "bytes=0-9" })).status).toBe(206)

    const id = await fileNotice(product.url, track, { on_behalf_of: "A Label" })
    expect((await range(12_288)).status).toBe(206)
    expect(noticeIn(await judge("takedown", id))).toMatchObject({ status: "taken_down", decided_by: moderator.id })

    // At once where it was decided, within a second elsewhere.
    expectRefusal(await range(16_384, here), 451, legal)
    await eventually("the end of listening", async () => (await range(16_384)).status === 451, promptly)
    await eventually("the end elsewhere", async () => !(await listed(there)).includes(track), promptly)
    expect(await listed(here)).not.toContain(track)
    expect(await listed(creator.byToken)).not.toContain(track)
    const callers = [here, there, listener.byToken, creator.byToken, moderator.byToken, admin.byToken]
    for (const session of callers.flatMap((one) => [one, one.at(product.api(1))])) {
      for (const part of ["", "/stream", "/download", "/waveform", `?share=${share}`, `/stream?share=${share}`]) {
        const reply = await session.get(`${path}${part}`, { "if-none-match": etag })
        expectRefusal(reply, 451, legal)
        expect(reply.headers.get("link")).toBe('</>; rel="blocked-by"')
        expect(reply.headers.get("cache-control")).toBe("no-store")
      }
    }
    expectRefusal(await there.get(`${tracksPath}/${track.toUpperCase()}/stream`), 451, legal)
    expect((await here.call("HEAD", `${path}/stream`)).status).toBe(451)
    expectRefusal(await here.get(`${tracksPath}/shared/${share}`), 451, legal)
    expectRefusal(await here.get(`${tracksPath}/shared/made-up`), 403, "INVALID_SHARE_TOKEN")
    for (const session of [listener.byToken, creator.byToken]) {
      for (const part of ["like", "share"]) expectRefusal(await session.post(`${path}/${part}`, {}), 451, legal)
      expectRefusal(await session.get(`${path}/likes`), 451, legal)
      expectRefusal(await session.call("PUT", path, { json: { title: "Renamed" } }), 451, legal)
    }
    expectRefusal(await listener.byToken.call("DELETE", path), 451, legal)

    const told = await mailAbout(takenDown, id)
    expect(told.to?.map(({ address }) => address)).toEqual([creator.email])
    for (const text of [id, "A Label", "“The song”, released 1999"]) expect(told.text).toContain(text)

    expectRefusal(await judge("restore", id), 409, "NOTICE_CONFLICT")
    expectRefusal(
      await counter(id, { ...counterStatement, sworn_statement: false }),
      400,
      "VALIDATION_FAILED",
      "sworn_statement"
    )
    expectRefusal(
      await counter(id, { ...counterStatement, consent_to_jurisdiction: null }),
      400,
      "VALIDATION_FAILED",
      "consent_to_jurisdiction"
    )
    for (const stranger of [listener, admin]) {
      expectRefusal(await counter(id, counterStatement, stranger.byToken), 404, "NOTICE_NOT_FOUND")
    }
    const replies = await Promise.all([counter(id), counter(id, counterStatement, creator.byToken.at(product.api(1)))])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409])
    const copy = await mailAbout("A counter-notice to your notice of infringement", id)
    expect(copy.to?.map(({ address }) => address)).toEqual(["claimant@example.org"])
    for (const text of Object.values(counterStatement).filter((one) => one !== true)) expect(copy.text).toContain(text)
    expectRefusal(await range(0, here), 451, legal)

    const early = await judge("restore", id)
    expectRefusal(early, 409, "RESTORATION_TOO_EARLY")
    const from = Date.parse(String(failureOf(early).meta?.["restorable_from"]))
    expect(from - Date.now()).toBeGreaterThan(13 * 86_400_000)
    expect(copy.text).toContain(new Date(from).toISOString().slice(0, 10))
    await letTimePass(id)
    const restored = restoredIn(await judge("restore", id, {}, admin.byToken.at(product.api(1))))
    expect(restored).toMatchObject({ status: "restored", still_blocked: false, claimant_withdrew: false })
    expect(restored.counter_notice).toMatchObject({ name: "Owen Owner", statement: counterStatement.statement })
    expect((await range(16_384)).status).toBe(206)
    await eventually("the track back elsewhere", async () => (await range(16_384, here)).status === 206, promptly)
    for (const session of [here, there]) {
      await eventually("the track listed again", async () => (await listed(session)).includes(track), promptly)
    }
    expect((await here.get(`${tracksPath}/shared/${share}`)).status).toBe(200)
    expect((await mailAbout(settledMail, id)).text).toContain("can be played again")
    expectRefusal(await judge("restore", id), 409, "NOTICE_CONFLICT")

    const steps = ["track.notice_received", "track.taken_down", "track.notice_countered", "track.restored"]
    const entries = await eventually("the audit", async () => {
      const found = (await entriesOf(track)).filter(({ metadata }) => metadata["notice_id"] === id)
      return found.length >= steps.length && found
    })
    expect(entries.map(({ action }) => action)).toEqual(steps)
    expect(entries.map(({ actor }) => actor)).toEqual([null, moderator.id, creator.id, admin.id])
    expect(JSON.stringify(entries)).not.toMatch(/Clara|claimant@|Owen|Street/u)
  })

  it("that several claim comes back only when the last of them is settled", async () => {
    const track = await newTrack()
    const [first, second, third] = [
      await fileNotice(product.url, track),
      await fileNotice(product.url, track),
      await fileNotice(product.url, track)
    ]
    for (const id of [first, second]) expect((await judge("takedown", id)).status).toBe(200)
    expect((await judge("dismiss", third, { reason: "says nothing" })).status).toBe(200)
    expectRefusal(await here.get(`${tracksPath}/${track}`), 451, legal)
    const withdrawn = restoredIn(await judge("restore", first, { claimant_withdrew: true }))
    expect(withdrawn).toMatchObject({ status: "restored", claimant_withdrew: true, still_blocked: true })
    expectRefusal(await here.get(`${tracksPath}/${track}`), 451, legal)
    const told = await mailAbout(settledMail, first)
    expect(told.text).toContain("Another notice still blocks the track")
    expect((await counter(second)).status).toBe(201)
    await letTimePass(second)
    const replies = await Promise.all([judge("restore", second), judge("restore", second, {}, admin.byToken)])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect((await here.get(`${tracksPath}/${track}`)).status).toBe(200)
  })

  it("can still be deleted by its owner, which leaves nothing to object to or to restore", async () => {
    const track = await newTrack()
    const id = await fileNotice(product.url, track)
    expect((await judge("takedown", id)).status).toBe(200)
    expect((await creator.byToken.call("DELETE", `${tracksPath}/${track}`)).status).toBe(200)
    expectRefusal(await counter(id), 410, "TRACK_GONE")
    expectRefusal(await judge("restore", id, { claimant_withdrew: true }), 410, "TRACK_GONE")
    const [kept] = dataOf(Listed, await moderator.byToken.get(`${noticesPath}?track_id=${track}`)).list
    expect(kept).toMatchObject({ status: "taken_down", restored_at: null, claimant_withdrew: null })
  })

  it("comes back when the last two claims are settled at the same moment", async () => {
    const track = await newTrack()
    const notices = [await fileNotice(product.url, track), await fileNotice(product.url, track)]
    for (const id of notices) expect((await judge("takedown", id)).status).toBe(200)
    const release = await product.hold(`SELECT 1 FROM tracks WHERE id = '${track}' FOR UPDATE`)
    const settled = notices.map((id) => judge("restore", id, { claimant_withdrew: true }))
    // A worker may wait for the same row with what it measured of the track.
    const waiting = () =>
      product.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
          AND application_name = 'veza-api' AND query LIKE 'SELECT 1 FROM tracks%'`
      )
    await eventually("both at the track", async () => (await waiting()).length === 2)
    await release()
    const outcomes = (await Promise.all(settled)).map((reply) => restoredIn(reply).still_blocked)
    expect(outcomes.toSorted()).toEqual([false, true])
    expect((await here.get(`${tracksPath}/${track}`)).status).toBe(200)
  })

  it("that was private stays a secret from strangers, and is blocked for those who may see it", async () => {
    const track = await newTrack()
    const path = `${tracksPath}/${track}`
    const share = dataOf(Shared, await creator.byToken.post(`${path}/share`, {})).token
    await product.query("UPDATE tracks SET is_public = false WHERE id = $1", track)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'tracks'")
    await eventually("a private track", async () => (await here.get(`${path}/stream`)).status === 403, promptly)
    expect((await judge("takedown", await fileNotice(product.url, track))).status).toBe(200)
    for (const part of ["", "/stream", "/stream?share=made-up"]) {
      expectRefusal(await here.get(`${path}${part}`), 403, "TRACK_PRIVATE")
      expectRefusal(await creator.byToken.get(`${path}${part}`), 451, legal)
    }
    expectRefusal(await here.get(`${path}/stream?share=${share}`), 451, legal)
  })
})
