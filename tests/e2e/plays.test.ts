import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ExportView, HistoryEntry, Pagination, TrackStats, TrackView } from "@veza/http-koa/contract"
import { type Account, logIn, password, signUp, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { letTimePass, listen, report, Reported } from "../support/product/plays.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, Session } from "../support/product/session.ts"
import { readyTrack, tracksPath, upload } from "../support/product/upload.ts"
import { unzip } from "../support/unzip.ts"
import { type Product, startProduct } from "../support/product.ts"

const History = Schema.Struct({ list: Schema.Array(HistoryEntry), pagination: Pagination })
const Exports = Schema.Struct({ list: Schema.Array(ExportView) })
const Shared = Schema.Struct({ token: Schema.String })
const Rows = Schema.fromJsonString(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))

let product: Product
let creator: Account
let listener: Account
let admin: Account
let song: Buffer

const guest = (agent: string, api = 0) =>
  new (class extends Session {
    override call(...[method, path, options = {}]: Parameters<Session["call"]>) {
      return super.call(method, path, { ...options, headers: { "user-agent": agent, ...options.headers } })
    }
  })(product.api(api))
const at = (id: string, rest = "") => `${tracksPath}/${id}${rest}`
const newTrack = async (fields: Readonly<Record<string, string>> = {}): Promise<TrackView> => {
  const form = { title: "Song", allow_duplicate: "true", ...fields }
  const { id } = dataOf(TrackView, await upload(creator.byToken, form, { name: "a.flac", bytes: song }))
  return readyTrack(creator.byToken, id)
}
const stats = async (who: Session, id: string, query = "") =>
  dataOf(TrackStats, await who.get(at(id, `/stats${query}`)))
const history = async (who: Session, id: string, query = "") =>
  dataOf(History, await who.get(at(id, `/history${query}`)))
const counted = async (id: string, plays: number) => {
  await product.runJobs("roll-up-plays")
  await eventually(`${plays} plays counted`, async () => (await stats(creator.byToken, id)).plays === plays)
}
const events = (id: string) =>
  product.query("SELECT kind, user_id, visitor FROM play_events WHERE track_id = $1 ORDER BY id", id)

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
  creator = await signUpCreator(product)
  listener = await signUp(product)
  const house = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", house.id)
  admin = await logIn(product.url, house)
  song = await audioBytes({ folder: product.home, format: "flac", seconds: 40 })
})
afterAll(() => product?.stop())

describe("a play", () => {
  it("counts once half was listened to, once a session, and shows in every count after the roll-up", async () => {
    const { id } = await newTrack()
    const session_id = randomUUID()
    const say = async (position: number) =>
      dataOf(Reported, await report(listener.byToken, id, { session_id, position }))
    expect(await say(0)).toEqual({ counted: false, listened: 0 })
    await letTimePass(product, session_id, 10)
    expect((await say(10)).counted).toBe(false)
    await letTimePass(product, session_id, 12)
    expect(await say(22)).toMatchObject({ counted: true })
    await letTimePass(product, session_id, 18)
    expect((await say(40)).counted).toBe(true)
    expect((await say(0)).counted).toBe(true)
    expect(await events(id)).toEqual([
      { kind: "play", user_id: listener.id, visitor: null },
      { kind: "completion", user_id: null, visitor: null }
    ])
    // An anonymous reader's answer is kept in memory: the roll-up drops it on both processes.
    for (const api of [0, 1]) expect(dataOf(TrackView, await guest("a", api).get(at(id))).play_count).toBe(0)
    await counted(id, 1)
    for (const api of [0, 1]) {
      await eventually("the new count", async () => {
        const track = dataOf(TrackView, await guest("a", api).get(at(id)))
        return track.play_count === 1
      })
    }
    expect((await stats(creator.byToken, id)).period).toMatchObject({
      plays: 1,
      unique_listeners: 1,
      completion_rate: 1
    })
    const metrics = (await Promise.all([0, 1].map((api) => guest("m", api).get("/metrics")))).map(({ bytes }) =>
      bytes.toString("utf8")
    )
    expect(metrics.join("\n")).toMatch(/^veza_plays_counted_total(?:\{[^}]*\})? [1-9]/mu)
  })

  it("is not made by jumping, by saying so, or faster than time passes", async () => {
    const { id } = await newTrack()
    const say = async (session_id: string, position: number, duration?: number) =>
      dataOf(
        Reported,
        await report(guest("jumper"), id, { session_id, position, ...(duration === undefined ? {} : { duration }) })
      )
    const jumping = randomUUID()
    await say(jumping, 0)
    expect((await say(jumping, 39)).counted).toBe(false)
    for (let i = 0; i < 40; i++) expect((await say(jumping, i)).counted).toBe(false)
    const modest = randomUUID()
    await say(modest, 0)
    await letTimePass(product, modest, 30)
    expect(await say(modest, 30, 3)).toEqual({ counted: false, listened: 3 })
    expect(await events(id)).toEqual([])
  })

  it("counts once a listener in half an hour, signed in or not, however many players and processes", async () => {
    const { id } = await newTrack()
    const visitors = [0, 1, 0, 1].map((api) => guest("one browser", api))
    const results = await Promise.all(visitors.map((who) => listen(product, who, id, { to: 30 })))
    expect(results.filter((one) => one.counted)).toHaveLength(1)
    expect((await listen(product, guest("another browser"), id, { to: 30 })).counted).toBe(true)
    for (const api of [0, 1]) {
      const { counted: isCounted } = await listen(product, listener.byToken.at(product.api(api)), id, { to: 30 })
      expect(isCounted).toBe(api === 0)
    }
    await product.query("UPDATE recent_plays SET counted_at = counted_at - interval '31 minutes'")
    expect((await listen(product, listener.byToken, id, { to: 30 })).counted).toBe(true)
    await counted(id, 4)
    expect((await stats(creator.byToken, id)).period.unique_listeners).toBe(3)
  })

  it("takes one report of a session after the other, though many come at once to two processes", async () => {
    const { id } = await newTrack()
    const session_id = randomUUID()
    const begun = await Promise.all(
      Array.from({ length: 12 }, (_, n) => report(guest("crowd", n % 2), id, { session_id, position: 0 }))
    )
    expect(new Set(begun.map(({ status }) => status))).toEqual(new Set([200]))
    await letTimePass(product, session_id, 30)
    const ended = await Promise.all(
      Array.from({ length: 12 }, (_, n) => report(guest("crowd", n % 2), id, { session_id, position: 30 }))
    )
    expect(ended.filter((reply) => dataOf(Reported, reply).counted)).toHaveLength(12)
    expect(await events(id)).toHaveLength(1)
  })

  it("of the owner never counts", async () => {
    const { id } = await newTrack()
    expect(await listen(product, creator.byToken, id, { to: 40 })).toEqual({ counted: false, listened: 0 })
    expect(await product.query("SELECT 1 FROM play_sessions WHERE track_id = $1", id)).toEqual([])
    expect(await events(id)).toEqual([])
  })

  it("counts and names nobody for who does not want to be followed", async () => {
    const { id } = await newTrack()
    const shy = await signUp(product)
    const gpc = { "sec-gpc": "1" }
    expect((await listen(product, shy.byToken, id, { to: 30, headers: gpc })).counted).toBe(true)
    expect((await listen(product, guest("shy"), id, { to: 30, headers: gpc })).counted).toBe(true)
    const optedOut = await signUp(product)
    await optedOut.byToken.post("/api/v1/users/me/privacy/opt-out")
    expect((await listen(product, optedOut.byToken, id, { to: 30 })).counted).toBe(true)
    const nobody = { kind: "play", user_id: null, visitor: null }
    expect(await events(id)).toEqual([nobody, nobody, nobody])
    expect((await history(optedOut.byToken, id)).list).toEqual([])
    await counted(id, 3)
    expect((await stats(creator.byToken, id)).period).toMatchObject({ plays: 3, unique_listeners: 0 })
    expect(await product.query("SELECT 1 FROM track_listeners WHERE track_id = $1", id)).toEqual([])
  })

  it("of somebody who is not signed in leaves no address, only a digest that is another on every track", async () => {
    const [one, two] = [await newTrack(), await newTrack()]
    for (const { id } of [one, two]) await listen(product, guest("a very telling agent"), id, { to: 30 })
    const found = [...(await events(one.id)), ...(await events(two.id))]
    const visitors = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ visitor: Schema.String })))(found)
    expect(new Set(visitors.map(({ visitor }) => visitor)).size).toBe(2)
    const rows = await product.query(
      `SELECT to_jsonb(e)::text AS text FROM play_events e UNION ALL SELECT to_jsonb(s)::text FROM play_sessions s
       UNION ALL SELECT to_jsonb(r)::text FROM recent_plays r UNION ALL SELECT to_jsonb(p)::text FROM play_pending p
       UNION ALL SELECT to_jsonb(l)::text FROM track_listeners l`
    )
    expect(JSON.stringify(rows)).not.toMatch(/127\.0\.0\.1|telling/u)
  })

  it("needs a track that may be listened to", async () => {
    const hidden = await newTrack({ is_public: "false" })
    const said = { session_id: randomUUID(), position: 0 }
    expectRefusal(await report(listener.byToken, hidden.id, said), 403, "TRACK_PRIVATE")
    expectRefusal(await listener.byToken.get(at(hidden.id, "/stats")), 403, "TRACK_PRIVATE")
    expectRefusal(await listener.byToken.get(at(hidden.id, "/history")), 403, "TRACK_PRIVATE")
    expectRefusal(await report(guest("x"), randomUUID(), said), 404, "TRACK_NOT_FOUND")
    const { token } = dataOf(Shared, await creator.byToken.post(at(hidden.id, "/share"), {}))
    const byLink = await listener.byToken.call("POST", at(hidden.id, `/play?share=${token}`), { json: said })
    expect(byLink.status).toBe(200)
    expect((await listener.byToken.get(at(hidden.id, `/stats?share=${token}`))).status).toBe(200)
    await product.query("UPDATE tracks SET status = 'processing' WHERE id = $1", hidden.id)
    await product.query("UPDATE change_epochs SET epoch = epoch + 1 WHERE topic = 'tracks'")
    expectRefusal(await report(creator.byToken, hidden.id, said), 409, "TRACK_NOT_READY")
    expectRefusal(await report(guest("x"), hidden.id, said), 404, "TRACK_NOT_FOUND")
  })

  it("and all that is told of it are 451 while the track is blocked, for its owner too", async () => {
    const { id } = await newTrack()
    await product.query("UPDATE tracks SET blocked_at = now() WHERE id = $1", id)
    const code = "UNAVAILABLE_FOR_LEGAL_REASONS"
    for (const who of [guest("x"), listener.byToken, creator.byToken]) {
      expectRefusal(await report(who, id, { session_id: randomUUID(), position: 0 }), 451, code)
      for (const rest of ["/stats", "/history"]) expectRefusal(await who.get(at(id, rest)), 451, code)
    }
    expect(await product.query("SELECT 1 FROM play_sessions WHERE track_id = $1", id)).toEqual([])
  })

  it("is refused where the report is none, field by field", async () => {
    const { id } = await newTrack()
    const good = { session_id: randomUUID(), position: 1 }
    for (const [field, value] of [
      ["session_id", "x"],
      ["session_id", undefined],
      ["position", -1],
      ["position", "1"],
      ["position", 1e9],
      ["duration", -1],
      ["duration", null]
    ] as const) {
      const reply = await guest("x").call("POST", at(id, "/play"), { json: { ...good, [field]: value } })
      expectRefusal(reply, 400, "VALIDATION_FAILED")
      expect(reply.bytes.toString("utf8")).toContain(`"field":"${field}"`)
    }
    expect(await product.query("SELECT 1 FROM play_sessions WHERE track_id = $1", id)).toEqual([])
  })
})

describe("kill -9 of the worker in the middle of a roll-up", () => {
  it("loses nothing and doubles nothing", async () => {
    const { id } = await newTrack()
    const release = await product.hold("LOCK TABLE track_play_days IN SHARE MODE")
    for (let n = 0; n < 5; n++) await listen(product, guest(`listener ${n}`), id, { to: 30 })
    await product.runJobs("roll-up-plays")
    await eventually("the worker being at it", async () => {
      const waiting = await product.query(
        `SELECT 1 FROM pg_locks WHERE relation = 'track_play_days'::regclass AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
      )
      return waiting.length > 0
    })
    await product.workerProcess().kill()
    await release()
    await eventually("the killed worker's transaction gone", async () => {
      const rows = await product.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'veza-worker' AND datname = current_database()"
      )
      return rows.length === 0
    })
    expect((await stats(creator.byToken, id)).plays).toBe(0)
    await product.startWorker()
    await counted(id, 5)
    const { period } = await stats(creator.byToken, id)
    expect(period).toMatchObject({ plays: 5, unique_listeners: 5 })
    expect(await product.query("SELECT 1 FROM play_pending WHERE track_id = $1", id)).toEqual([])
  })
})

describe("statistics", () => {
  it("tell everybody plays and likes, and the owner and administrators the rest, day by day", async () => {
    const { id } = await newTrack()
    await product.query(
      "INSERT INTO track_play_days SELECT $1, '2026-02-28'::date + n, n, 0, 1, CASE n WHEN 3 THEN ARRAY[0, 1] ELSE '{}' END FROM unnest(ARRAY[1, 3]) AS n",
      id
    )
    await listener.byToken.post(at(id, "/like"))
    const query = "?from=2026-02-28&to=2026-03-03"
    const shown = { track_id: id, plays: 0, likes: 1 }
    const period = { from: "2026-02-28", to: "2026-03-03", plays: 4 }
    for (const who of [guest("x"), listener.byToken]) expect(await stats(who, id, query)).toEqual({ ...shown, period })
    const none = { plays: 0, completions: 0, unique_listeners: 0 }
    const by_day = [
      { day: "2026-02-28", ...none },
      { day: "2026-03-01", ...none, plays: 1, unique_listeners: 1 },
      { day: "2026-03-02", ...none },
      { day: "2026-03-03", ...none, plays: 3, unique_listeners: 1 }
    ]
    for (const who of [creator, admin]) {
      const details = { unique_listeners: 1, completion_rate: 0, by_day }
      expect(await stats(who.byToken, id, query)).toEqual({ ...shown, period: { ...period, ...details } })
    }
    const usual = (await stats(creator.byToken, id)).period
    expect(usual.by_day).toHaveLength(30)
    expect([usual.completion_rate, usual.by_day?.at(-1)?.day]).toEqual([null, new Date().toISOString().slice(0, 10)])
  })

  it("are told for a period of at most 366 days", async () => {
    const { id } = await newTrack()
    expect((await stats(creator.byToken, id, "?from=2024-01-01&to=2024-12-31")).period.by_day).toHaveLength(366)
    for (const query of ["from=2024-01-01&to=2025-01-01", "from=2026-01-02&to=2026-01-01"]) {
      expectRefusal(await creator.byToken.get(at(id, `/stats?${query}`)), 400, "INVALID_STATS_PERIOD")
    }
    for (const query of ["from=2026-02-30", "to=yesterday", "from=2026-01-01T00:00:00Z"]) {
      expectRefusal(await creator.byToken.get(at(id, `/stats?${query}`)), 400, "VALIDATION_FAILED")
    }
  })
})

describe("the history of a track", () => {
  it("tells its owner and administrators what happened to it, and who else had a hand in it", async () => {
    const { id } = await newTrack()
    const put = (who: Account, json: unknown) => who.byToken.call("PUT", at(id), { json })
    await put(creator, { title: "Renamed", genre: "Jazz" })
    await put(admin, { is_public: false })
    await put(creator, { is_public: true })
    await listener.byToken.post(at(id, "/share"), {})
    const told = await eventually("five entries", async () => {
      const { list } = await history(creator.byToken, id)
      return list.length === 5 && list
    })
    expect(told.map(({ type, by, fields, is_public }) => ({ type, by, fields, is_public }))).toEqual([
      { type: "updated", by: "owner", fields: ["is_public"], is_public: true },
      { type: "updated", by: "staff", fields: ["is_public"], is_public: false },
      { type: "updated", by: "owner", fields: ["title", "genre"] },
      { type: "ready", by: "system" },
      { type: "uploaded", by: "owner" }
    ])
    expect((await history(admin.byToken, id)).list).toEqual(told)
    const first = await history(creator.byToken, id, "?limit=2&cursor=")
    const next = first.pagination.next_cursor ?? ""
    const rest = await history(creator.byToken, id, `?limit=100&cursor=${encodeURIComponent(next)}`)
    expect([...first.list, ...rest.list]).toEqual(told)
    expectRefusal(
      await listener.byToken.get(at(id, `/history?cursor=${encodeURIComponent(next)}`)),
      400,
      "INVALID_CURSOR"
    )
  })

  it("tells others their own plays of it, and a stranger of none", async () => {
    const { id } = await newTrack()
    await listen(product, listener.byToken, id, { to: 30 })
    await listen(product, guest("somebody"), id, { to: 30 })
    const { list, pagination } = await history(listener.byToken, id)
    expect([list.map(({ type }) => type), pagination.total]).toEqual([["played"], 1])
    for (const who of [guest("somebody"), (await signUp(product)).byToken]) {
      expect((await history(who, id)).list).toEqual([])
    }
    expect((await guest("somebody").get(at(id, "/history?cursor="))).status).toBe(200)
  })
})

describe("what somebody listened to", () => {
  it("is in their export, and they are taken out of it with their account, while the counts stay", async () => {
    const { id } = await newTrack({ title: "Once heard" })
    const fan = await signUp(product)
    await listen(product, fan.byToken, id, { to: 40 })
    await counted(id, 1)
    await fan.byToken.post("/api/v1/me/export")
    const made = await eventually("the export", async () =>
      dataOf(Exports, await fan.byToken.get("/api/v1/me/exports")).list.find(({ status }) => status === "ready")
    )
    const files = unzip((await fan.byToken.get(`/api/v1/me/exports/${made.id}/download`)).bytes)
    expect(Schema.decodeUnknownSync(Rows)(files.get("plays.json")?.toString("utf8"))).toEqual([
      { played_at: expect.any(String), track_id: id, title: "Once heard" }
    ])
    expect(files.get("plays.csv")?.toString("utf8")).toContain("Once heard")

    const gone = await fan.byToken.call("DELETE", "/api/v1/users/me", { json: { password, confirmation: "DELETE" } })
    expect(gone.status, gone.bytes.toString("utf8")).toBeLessThan(300)
    await eventually("the listener gone", async () => {
      const rows = await product.query(
        `SELECT 1 FROM play_events WHERE user_id = $1 UNION ALL SELECT 1 FROM play_pending WHERE user_id = $1
         UNION ALL SELECT 1 FROM track_listeners WHERE listener = $1`,
        fan.id
      )
      return rows.length === 0
    })
    expect(await events(id)).toHaveLength(2)
    expect((await stats(creator.byToken, id)).period).toMatchObject({ plays: 1, unique_listeners: 1 })
  })
})
