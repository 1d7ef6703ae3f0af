import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { signatureHeader, signCallback } from "@veza/adapters/distributor"
import { HistoryView, PlatformView, ReleaseView, SubmissionView } from "@veza/http-koa/contract"
import {
  becomes,
  cover,
  draftOf,
  givePlan,
  inDays,
  newRelease,
  newUpc,
  newTrack,
  readSubmission,
  releases,
  sendCover,
  startWithStores,
  statusesOf,
  submissions,
  submit
} from "../support/distribution.ts"
import { type Account, signUp, signUpCreator } from "../support/product/accounts.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, type Reply, Session } from "../support/product/session.ts"
import { tracksPath } from "../support/product/upload.ts"

let world: Awaited<ReturnType<typeof startWithStores>>
let artist: Account
let other: Account
let track: string

beforeAll(async () => {
  world = await startWithStores()
  ;[artist, other] = await Promise.all([signUpCreator(world.product), signUp(world.product)])
  await givePlan(world.product, artist.id)
  track = await newTrack(world.product, artist.byToken)
})
afterAll(() => world?.stop())

const list = <A, I>(item: Schema.Codec<A, I>) =>
  Schema.Struct({ list: Schema.Array(item), pagination: Schema.Struct({ has_next: Schema.Boolean }) })
const historyOf = async (id: string) =>
  dataOf(list(HistoryView), await artist.byToken.get(`${submissions}/${id}/history?limit=100&cursor=`)).list
const moves = async (id: string) => (await historyOf(id)).toReversed().map(({ from, to }) => `${from ?? ""}>${to}`)
const codesOf = (reply: Reply) => (failureOf(reply).details ?? []).map(({ field, code }) => `${field} ${code ?? ""}`)
const mailed = (subject: string) =>
  eventually(`a mail “${subject}”`, async () =>
    (await world.product.mails()).find(
      (mail) => mail.to?.some(({ address }) => address === artist.email) && mail.subject === subject
    )
  )
/** What the store has of a submission. */
const deliveriesOf = (release: ReleaseView, store: keyof typeof world.stores = "spotify") =>
  world.stores[store].deliveries().filter(({ upc }) => upc === release.upc)

const callback = (body: string, platform = "spotify", at = Date.now() / 1000, headers: Record<string, string> = {}) =>
  new Session(world.product.url).call("POST", `/api/v1/webhooks/distribution/${platform}`, {
    body,
    headers: {
      "content-type": "application/json",
      [signatureHeader]: signCallback(world.secret, Buffer.from(body), Math.floor(at)),
      ...headers
    }
  })

describe("the platforms", () => {
  it("are told to everybody", async () => {
    const reply = await new Session(world.product.url).get("/api/v1/distribution/platforms")
    const { list: found } = dataOf(list(PlatformView), reply)
    expect(found.map(({ id, available }) => [id, available])).toEqual([
      ["spotify", true],
      ["apple_music", true],
      ["deezer", true]
    ])
  })
})

describe("a release", () => {
  it("is kept as a draft with all that keeps it from the stores", async () => {
    const reply = await artist.byToken.post(releases, { kind: "single", title: "Low tide", artists: [], tracks: [] })
    expect(reply.status).toBe(201)
    const made = dataOf(ReleaseView, reply)
    expect(made.faults.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["PRIMARY_ARTIST_REQUIRED", "UPC_REQUIRED", "COVER_REQUIRED", "TRACKS_REQUIRED"])
    )
    for (const { fix } of made.faults) expect(fix).toMatch(/\S/)
    const fixed = await artist.byToken.call("PUT", `${releases}/${made.id}`, {
      json: { ...draftOf([track]), revision: made.revision }
    })
    expect(dataOf(ReleaseView, fixed).faults.map(({ field }) => field)).toEqual(["cover"])
    const late = { json: { ...draftOf([track]), revision: made.revision } }
    expectRefusal(await artist.byToken.call("PUT", `${releases}/${made.id}`, late), 409, "RELEASE_CHANGED")
    const listed = dataOf(list(Schema.Struct({ id: Schema.String })), await artist.byToken.get(`${releases}?cursor=`))
    expect(listed.list[0]?.id).toBe(made.id)
  })

  it("names what is malformed as it names what is faulty", async () => {
    const [first] = draftOf([track]).tracks
    const broken = { ...draftOf([track]), tracks: [first, { ...first, shares: [{ name: "Jo", share_bps: 10_001 }] }] }
    const reply = await artist.byToken.post(releases, broken)
    expectRefusal(reply, 400, "VALIDATION_FAILED")
    expect((failureOf(reply).details ?? []).map(({ field }) => field)).toEqual(["tracks.1.shares.0.share_bps"])
  })

  it("is nobody else's to see or change", async () => {
    const { id } = dataOf(ReleaseView, await artist.byToken.post(releases, draftOf([track])))
    expectRefusal(await other.byToken.get(`${releases}/${id}`), 404, "RELEASE_NOT_FOUND")
    const change = { json: draftOf([track]) }
    expectRefusal(await other.byToken.call("PUT", `${releases}/${id}`, change), 404, "RELEASE_NOT_FOUND")
    expectRefusal(await sendCover(other.byToken, id, await cover(100)), 404, "RELEASE_NOT_FOUND")
    expectRefusal(await other.byToken.get(`${releases}/${id}/cover`), 404, "RELEASE_NOT_FOUND")
  })

  it("has the cover that was sent, byte for byte, judged by its content", async () => {
    const { id } = dataOf(ReleaseView, await artist.byToken.post(releases, draftOf([track])))
    expectRefusal(await artist.byToken.get(`${releases}/${id}/cover`), 404, "COVER_MISSING")
    const small = dataOf(ReleaseView, await sendCover(artist.byToken, id, await cover(2999)))
    expect(small.faults.map(({ code }) => code)).toEqual(["COVER_TOO_SMALL"])
    const bytes = await cover(3000, "png")
    const good = dataOf(ReleaseView, await sendCover(artist.byToken, id, bytes))
    expect([good.faults, good.cover?.format, good.cover?.width]).toEqual([[], "png", 3000])
    expect((await artist.byToken.get(`${releases}/${id}/cover`)).bytes.equals(bytes)).toBe(true)
    expectRefusal(await sendCover(artist.byToken, id, Buffer.from("GIF89a")), 415, "COVER_NOT_ACCEPTED")
    expectRefusal(await sendCover(artist.byToken, id, bytes.subarray(0, 200)), 415, "UNSUPPORTED_IMAGE")
  })
})

describe("a submission", () => {
  it("is for whoever's plan reaches to the stores and is paid for", async () => {
    const body = { release_id: randomUUID(), platforms: ["spotify"], release_date: inDays(10) }
    const refused = await other.byToken.post(submissions, body)
    expectRefusal(refused, 403, "DISTRIBUTION_NOT_INCLUDED")
    expect(failureOf(refused).message).toBe("Distribution requires Creator or Premium plan")
    await givePlan(world.product, other.id, false)
    const unpaid = await other.byToken.post(submissions, body)
    expectRefusal(unpaid, 403, "SUBSCRIPTION_UNPAID")
    expect(failureOf(unpaid).message).toBe(
      "Your subscription is not linked to a payment. Complete payment to enable distribution."
    )
  })

  it("tells everything that is wrong at once, and keeps nothing", async () => {
    const [{ n: before }] = Schema.decodeUnknownSync(Schema.Tuple([Schema.Struct({ n: Schema.Int })]))(
      await world.product.query("SELECT count(*)::int AS n FROM submissions")
    )
    const draft = draftOf([track], {
      upc: "036000291453",
      territories: ["XX"],
      artists: [{ name: "A", role: "primary", isni: "0000000121500900" }]
    })
    const broken = {
      ...draft,
      tracks: [
        {
          track_id: track,
          isrc: "US-1",
          contributors: [{ name: "B", roles: ["composer"], ipi: "00014107339" }],
          shares: [{ name: "B", share_bps: 9999 }]
        },
        { track_id: randomUUID(), contributors: [], shares: [] }
      ]
    }
    const { id } = dataOf(ReleaseView, await artist.byToken.post(releases, broken))
    const reply = await submit(artist.byToken, id)
    expectRefusal(reply, 422, "RELEASE_INVALID")
    expect(codesOf(reply)).toEqual([
      "artists.0.isni ISNI_INVALID",
      "territories.0 TERRITORY_UNKNOWN",
      "upc UPC_INVALID",
      "cover COVER_REQUIRED",
      "tracks.0.isrc ISRC_INVALID",
      "tracks.0.contributors.0.ipi IPI_INVALID",
      "tracks.0.shares SHARES_SUM",
      "tracks.1.track_id TRACK_NOT_FOUND",
      "tracks.1.contributors WRITER_REQUIRED",
      "tracks.1.shares SHARES_SUM"
    ])
    expect(await world.product.query("SELECT count(*)::int AS n FROM submissions")).toEqual([{ n: before }])
    const single = {
      track_id: await newTrack(world.product, artist.byToken),
      platforms: ["deezer"],
      release_date: inDays(3)
    }
    const bare = await artist.byToken.post(submissions, single)
    expectRefusal(bare, 422, "RELEASE_INVALID")
    expect(codesOf(bare)[0]).toBe("track_id RELEASE_REQUIRED")
    expectRefusal(await artist.byToken.post(submissions, { ...single, release_id: id }), 400, "VALIDATION_FAILED")
  })

  it("goes live at every store, each in its own way, and its codes are made and kept", async () => {
    const release = await newRelease(artist, [track, await newTrack(world.product, artist.byToken, "Slack Water")])
    expect(release.faults).toEqual([])
    const reply = await submit(artist.byToken, release.id, ["spotify", "apple_music", "deezer"])
    expect([reply.status, statusesOf(dataOf(SubmissionView, reply))]).toEqual([
      201,
      { spotify: "pending", apple_music: "pending", deezer: "pending" }
    ])
    const { id } = dataOf(SubmissionView, reply)
    const live = await becomes(artist.byToken, id, "live")
    expect(live.platforms.map(({ reference }) => reference)).toEqual([
      `apple_music-${release.upc ?? ""}`,
      `deezer-${release.upc ?? ""}`,
      `spotify-${release.upc ?? ""}`
    ])
    const steps = await moves(id)
    // A store may call back before the worker has written down that it sent.
    for (const step of [">pending", "processing>live"]) {
      expect(steps.filter((one) => one === step).length, steps.join(" ")).toBe(3)
    }
    const codes = await world.product.query(
      `SELECT r.isrc, sum(s.share_bps)::int AS bps, bool_and(r.sold_at IS NOT NULL) AS sold
       FROM recordings r JOIN royalty_shares s USING (track_id) WHERE r.isrc LIKE $1 GROUP BY r.isrc ORDER BY r.isrc`,
      `${release.isrc_prefix ?? ""}%`
    )
    expect(codes).toEqual([
      {
        isrc: `${release.isrc_prefix ?? ""}${String(new Date().getUTCFullYear() % 100)}00001`,
        bps: 10_000,
        sold: true
      },
      { isrc: `${release.isrc_prefix ?? ""}${String(new Date().getUTCFullYear() % 100)}00002`, bps: 10_000, sold: true }
    ])
    expect(release.recordings).toEqual([])
    const { recordings } = dataOf(ReleaseView, await artist.byToken.get(`${releases}/${release.id}`))
    expect(codes).toMatchObject(recordings.map(({ isrc }) => ({ isrc })))
    expect(recordings.map(({ track_id }) => track_id)).toEqual(release.tracks.map(({ track_id }) => track_id))
    expectRefusal(await submit(artist.byToken, release.id, ["deezer"]), 409, "SUBMISSION_OPEN")
    expectRefusal(await other.byToken.get(`${submissions}/${id}`), 404, "SUBMISSION_NOT_FOUND")
    expectRefusal(await other.byToken.get(`${submissions}/${id}/history`), 404, "SUBMISSION_NOT_FOUND")
    expectRefusal(await other.byToken.post(`${submissions}/${id}/takedown`, {}), 404, "SUBMISSION_NOT_FOUND")
    const taken = await artist.byToken.post(`${submissions}/${id}/takedown`, { reason: "It was a mistake" })
    expect(dataOf(SubmissionView, taken).status).toBe("takedown_requested")
    await becomes(artist.byToken, id, "taken_down")
    expect((await submit(artist.byToken, release.id, ["deezer"])).status).toBe(201)
  })

  it("is made once by ten who want it at once", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
    // Who waits too long for the release, which the others hold one after the other, is told to come again.
    const judged = () =>
      eventually("an answer that is final", async () => {
        const reply = await submit(artist.byToken, release.id)
        return reply.status !== 503 && reply
      })
    const replies = await Promise.all(Array.from({ length: 10 }, judged))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
    await eventually("one delivery", () => deliveriesOf(release).length === 1)
  })

  it("is corrected and sent again where a store rejects it, and told as a change where it is sold", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
    world.stores.spotify.behave(["reject"])
    const { id } = dataOf(SubmissionView, await submit(artist.byToken, release.id))
    const rejected = await becomes(artist.byToken, id, "rejected")
    expect(rejected.platforms[0]?.reason).toMatch(/price/)
    expect((await mailed("Spotify did not accept “Low Tide”")).text).toMatch(new RegExp(`${id}[^]*shows a price`, "u"))
    const { faults: _, cover: __, id: ___, ...draft } = release
    await artist.byToken.call("PUT", `${releases}/${release.id}`, {
      json: { ...draft, revision: undefined, title: "High Tide" }
    })
    const again = dataOf(SubmissionView, await artist.byToken.call("PUT", `${submissions}/${id}`, { json: {} }))
    expect([again.title, again.status]).toEqual(["High Tide", "pending"])
    await becomes(artist.byToken, id, "live")
    await mailed("“High Tide” is live on Spotify")
    expect(deliveriesOf(release).map(({ title, kind }) => [title, kind])).toEqual([
      ["Low Tide", "new"],
      ["High Tide", "new"]
    ])
    const another = { json: { ...draft, revision: undefined, title: "High Tide", upc: newUpc() } }
    await artist.byToken.call("PUT", `${releases}/${release.id}`, another)
    const refused = await artist.byToken.call("PUT", `${submissions}/${id}`, { json: {} })
    expect(codesOf(refused)).toEqual(["upc UPC_FIXED"])
    const before = { json: { ...draft, revision: undefined, title: "High Tide", upc: `0${release.upc ?? ""}` } }
    await artist.byToken.call("PUT", `${releases}/${release.id}`, before)
    const changed = await artist.byToken.call("PUT", `${submissions}/${id}`, { json: { release_date: inDays(20) } })
    expect(dataOf(SubmissionView, changed).status).toBe("live")
    await eventually("the change at the store", () => deliveriesOf(release).at(-1)?.kind === "update")
    expect(await moves(id)).toContain("live>live")
  })

  it("is withdrawn before it is sold, and a store that has it drops it", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
    world.stores.spotify.behave(["silent"])
    const { id } = dataOf(SubmissionView, await submit(artist.byToken, release.id))
    await becomes(artist.byToken, id, "submitted")
    expectRefusal(await artist.byToken.call("PUT", `${submissions}/${id}`, { json: {} }), 409, "SUBMISSION_CONFLICT")
    expect((await artist.byToken.post(`${submissions}/${id}/withdraw`, {})).status).toBe(200)
    await becomes(artist.byToken, id, "taken_down")
    expectRefusal(await artist.byToken.post(`${submissions}/${id}/withdraw`, {}), 409, "SUBMISSION_CONFLICT")
  })

  it("is taken down by a store that refused that at first, and its owner is told", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)], { title: "Ebb" })
    const { id } = dataOf(SubmissionView, await submit(artist.byToken, release.id))
    await becomes(artist.byToken, id, "live")
    world.stores.spotify.behave(["reject"])
    await artist.byToken.post(`${submissions}/${id}/takedown`, {})
    expect((await mailed("Spotify still has “Ebb”")).text).toContain("The label has to ask")
    expect((await readSubmission(artist.byToken, id)).status).toBe("takedown_requested")
    await world.product.query("UPDATE submission_platforms SET due_at = now() WHERE sent < message")
    await becomes(artist.byToken, id, "taken_down")
    await mailed("“Ebb” is no longer on Spotify")
  })

  it("survives a store that fails before and after it took the delivery", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
    world.stores.spotify.behave(["fail", "fail_after"])
    const { id } = dataOf(SubmissionView, await submit(artist.byToken, release.id))
    await eventually("the delivery put off", async () => {
      await world.product.query("UPDATE submission_platforms SET due_at = now() WHERE sent < message")
      return (await readSubmission(artist.byToken, id)).status === "live"
    })
    expect(deliveriesOf(release).map(({ posts }) => posts)).toEqual([1])
  })

  it("answers an Idempotency-Key with what it answered before", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
    const key = { "idempotency-key": randomUUID() }
    const [first, second] = [
      await submit(artist.byToken, release.id, ["spotify"], key),
      await submit(artist.byToken, release.id, ["spotify"], key)
    ]
    expect([first.status, second.status]).toEqual([201, 201])
    const [{ track_id: alone } = { track_id: "" }] = release.tracks
    const byTrack = { track_id: alone, platforms: ["deezer"], release_date: inDays(10) }
    expect(dataOf(SubmissionView, await artist.byToken.post(submissions, byTrack)).release_id).toBe(release.id)
    expect(second.bytes.equals(first.bytes)).toBe(true)
  })

  it("ends when its track is deleted, which keeps its code when it is uploaded anew", async () => {
    const own = await newTrack(world.product, artist.byToken)
    const isrc = `QZDEL26${String(Date.now() % 100_000).padStart(5, "0")}`
    const withCode = (track: string) => {
      const draft = draftOf([track])
      return { tracks: draft.tracks.map((one) => ({ ...one, isrc })) }
    }
    const release = await newRelease(artist, [own], withCode(own))
    const { id } = dataOf(SubmissionView, await submit(artist.byToken, release.id))
    await becomes(artist.byToken, id, "live")
    expect((await artist.byToken.call("DELETE", `${tracksPath}/${own}`)).status).toBe(200)
    await becomes(artist.byToken, id, "taken_down")
    const anew = await newTrack(world.product, artist.byToken)
    const again = await newRelease(artist, [anew], withCode(anew))
    expect(again.faults).toEqual([])
    expect((await submit(artist.byToken, again.id)).status).toBe(201)
    const { recordings } = dataOf(ReleaseView, await artist.byToken.get(`${releases}/${again.id}`))
    expect(recordings).toEqual([{ track_id: anew, isrc }])
  })

  it("ends at once when its owner's account is deleted", async () => {
    const leaving = await signUpCreator(world.product)
    await givePlan(world.product, leaving.id)
    const release = await newRelease(leaving, [await newTrack(world.product, leaving.byToken)])
    const { id } = dataOf(SubmissionView, await submit(leaving.byToken, release.id))
    await becomes(leaving.byToken, id, "live")
    const gone = await leaving.byToken.call("DELETE", "/api/v1/users/me", {
      json: { password: leaving.password }
    })
    expect(gone.status, gone.bytes.toString()).toBe(200)
    await eventually("the store told", () => deliveriesOf(release).at(-1)?.kind === "takedown")
  })

  it("is told to operators by its id", async () => {
    const [{ id }] = Schema.decodeUnknownSync(Schema.Tuple([Schema.Struct({ id: Schema.String })]))(
      await world.product.query("SELECT id FROM submissions ORDER BY created_at LIMIT 1")
    )
    const told = await world.product.veza("distribution", "status", id)
    expect([told.code, told.process.output]).toEqual([0, expect.stringMatching(/Low Tide.*→ pending\s+by owner/su)])
    for (const line of told.process.output.split("\n")) expect(line.length).toBeLessThanOrEqual(80)
    const asked = await world.product.veza("distribution", "status", randomUUID())
    expect([asked.code, asked.process.errors]).toEqual([1, expect.stringContaining("There is no submission")])
  })

  it("is refused for a track that is blocked", async () => {
    const own = await newTrack(world.product, artist.byToken)
    const release = await newRelease(artist, [own])
    await world.product.query("UPDATE tracks SET blocked_at = now() WHERE id = $1", own)
    const reply = await submit(artist.byToken, release.id)
    expect(codesOf(reply)).toEqual(["tracks.0.track_id TRACK_BLOCKED"])
  })
})

describe("a callback", () => {
  it("is refused unless signed by the store, lately, and small", async () => {
    const body = JSON.stringify({ id: "1", delivery_id: `${randomUUID()}.1`, state: "live" })
    expect((await callback(body)).status).toBe(200)
    expectRefusal(await callback(body, "spotify", Date.now() / 1000 - 400), 401, "CALLBACK_REFUSED")
    expectRefusal(await callback(body, "spotify", Date.now() / 1000 + 400), 401, "CALLBACK_REFUSED")
    expectRefusal(
      await callback(body, "spotify", undefined, { [signatureHeader]: "t=1,v1=00" }),
      401,
      "CALLBACK_REFUSED"
    )
    expectRefusal(await callback(body, "myspace"), 404, "UNKNOWN_STORE")
    expectRefusal(await callback("[]"), 400, "CALLBACK_MALFORMED")
    expectRefusal(await callback(JSON.stringify({ id: "x".repeat(70_000) })), 413, "BODY_TOO_LARGE")
    const unsigned = await new Session(world.product.url).post("/api/v1/webhooks/distribution/spotify", {})
    expectRefusal(unsigned, 401, "CALLBACK_REFUSED")
  })

  it("changes nothing when it comes again, too late, or from another store", async () => {
    const release = await newRelease(artist, [await newTrack(world.product, artist.byToken)])
    world.stores.spotify.behave(["silent"])
    const { id } = dataOf(SubmissionView, await submit(artist.byToken, release.id))
    await becomes(artist.byToken, id, "submitted")
    const [delivery] = deliveriesOf(release)
    const say = (state: string, event: string = randomUUID()) =>
      JSON.stringify({ id: event, delivery_id: delivery?.id, state })
    expect((await callback(say("live"), "deezer")).status).toBe(200)
    expect((await readSubmission(artist.byToken, id)).status).toBe("submitted")
    const live = say("live")
    await Promise.all(Array.from({ length: 8 }, () => callback(live)))
    await callback(say("processing"))
    await callback(say("rejected"))
    expect((await readSubmission(artist.byToken, id)).status).toBe("live")
    expect(await moves(id)).toEqual([">pending", "pending>submitted", "submitted>live"])
  })
})
