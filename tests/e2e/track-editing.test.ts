import { readFile } from "node:fs/promises"
import { Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TrackView } from "@veza/http-koa/contract"
import { type Account, logIn, signUp, signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually, promptly } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, failureOf, Session } from "../support/product/session.ts"
import { readyTrack, tracksPath, upload } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const Results = Schema.Struct({
  results: Schema.Array(
    Schema.Struct({
      track_id: Schema.String,
      deleted: Schema.Boolean,
      error: Schema.NullOr(Schema.Struct({ code: Schema.String, message: Schema.String }))
    })
  )
})
const Shared = Schema.Struct({ token: Schema.String })

let product: Product
let creator: Account
let other: Account
let admin: Account
let guest: Session
let song: Buffer

const newTrack = async (owner: Account, fields: Readonly<Record<string, string>> = {}): Promise<TrackView> => {
  const form = { title: "Song", allow_duplicate: "true", ...fields }
  const { id } = dataOf(TrackView, await upload(owner.byToken, form, { name: "a.wav", bytes: song }))
  return readyTrack(owner.byToken, id)
}
const at = (id: string, rest = "") => `${tracksPath}/${id}${rest}`
const put = (who: Account, id: string, json: unknown) => who.byToken.call("PUT", at(id), { json })
const remove = (who: Account, id: string) => who.byToken.call("DELETE", at(id))
const filesOf = (track: TrackView) => product.files().filter((file) => file.includes(track.id))

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
  guest = new Session(product.url)
  creator = await signUpCreator(product)
  other = await signUpCreator(product)
  const house = await signUp(product)
  await product.query("UPDATE users SET role = 'admin' WHERE id = $1", house.id)
  admin = await logIn(product.url, house)
  song = await readFile(await makeAudio({ folder: product.home, format: "wav", seconds: 1 }))
})
afterAll(() => product.stop())

describe("what is said about a track", () => {
  it("is changed by its owner: absent keys stay, null clears, and everybody reads it at once", async () => {
    const track = await newTrack(creator, { artist: "Before", genre: "Jazz", bpm: "90" })
    expect(dataOf(TrackView, await guest.get(at(track.id))).artist).toBe("Before")
    const change = { title: "  After ", genre: null, tags: ["calm", "piano"], year: 2024, isrc: "DEA123456789" }
    const said = { title: "After", artist: "Before", genre: null, bpm: 90, tags: ["calm", "piano"], year: 2024 }
    expect(dataOf(TrackView, await put(creator, track.id, change))).toMatchObject(said)
    expect(dataOf(TrackView, await guest.get(at(track.id)))).toMatchObject(said)
    const there = guest.at(product.api(1))
    await eventually(
      "the change at the other process",
      async () => dataOf(TrackView, await there.get(at(track.id))).title === "After",
      promptly
    )
  })

  it("closes a track that is made private at once, for who is listening too", async () => {
    const track = await newTrack(creator)
    const there = guest.at(product.api(1))
    for (const session of [guest, there]) expect((await session.get(at(track.id, "/stream"))).status).toBe(200)
    await put(creator, track.id, { is_public: false })
    expectRefusal(await guest.get(at(track.id, "/stream")), 403, "TRACK_PRIVATE")
    await eventually(
      "the end of the stream at the other process",
      async () => (await there.get(at(track.id, "/stream"))).status === 403,
      promptly
    )
  })

  it("is refused to others, named where it is not valid, and left alone by an empty change", async () => {
    const track = await newTrack(creator)
    expectRefusal(await put(other, track.id, { title: "Mine" }), 403, "FORBIDDEN")
    for (const [field, value] of [
      ["title", ""],
      ["title", null],
      ["year", 1200],
      ["bpm", 0.5],
      ["tags", Array.from({ length: 21 }, String)],
      ["isrc", "DE-A12-34-56789"],
      ["is_public", "yes"]
    ] as const) {
      const reply = await put(creator, track.id, { [field]: value })
      expectRefusal(reply, 400, "VALIDATION_FAILED")
      expect(failureOf(reply).details?.[0]?.field.split(/[.[]/u)[0]).toBe(field)
    }
    const { title, updated_at } = track
    expect(dataOf(TrackView, await put(creator, track.id, {}))).toMatchObject({ title, updated_at })
    expect((await put(admin, track.id, { title: "By the house" })).status).toBe(200)
    await eventually("the entry", async () => {
      const entries =
        "SELECT 1 FROM audit_entries WHERE action = 'track.updated' AND resource_id = $1 AND metadata @> '{\"by_admin\":true}'"
      return (await product.query(entries, track.id)).length === 1
    })
  })
})

describe("deleting a track", () => {
  it("takes row, likes, links and file away, for everybody and once", async () => {
    const track = await newTrack(creator)
    const shared = dataOf(Shared, await other.byToken.post(at(track.id, "/share"), {}))
    expect((await other.byToken.post(at(track.id, "/like"))).status).toBe(200)
    expectRefusal(await remove(other, track.id), 403, "FORBIDDEN")
    const replies = await Promise.all([remove(creator, track.id), remove(creator, track.id)])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 404])
    for (const session of [guest, creator.byToken]) {
      expectRefusal(await session.get(at(track.id)), 404, "TRACK_NOT_FOUND")
      expectRefusal(await session.get(at(track.id, "/stream")), 404, "TRACK_NOT_FOUND")
    }
    expectRefusal(await guest.get(`${tracksPath}/shared/${shared.token}`), 403, "INVALID_SHARE_TOKEN")
    await eventually("the file gone", () => filesOf(track).length === 0)
    await eventually(
      "the note gone",
      async () => (await product.query("SELECT 1 FROM removed_track_files")).length === 0
    )
  })

  it("of many says what became of each, in the order asked", async () => {
    const [mine, secret, foreign] = [
      await newTrack(creator),
      await newTrack(other, { is_public: "false" }),
      await newTrack(other)
    ]
    const unknown = "00000000-0000-4000-8000-000000000000"
    const track_ids = [unknown, foreign.id, mine.id, secret.id, mine.id]
    const { results } = dataOf(Results, await creator.byToken.post(`${tracksPath}/batch-delete`, { track_ids }))
    expect(results.map(({ track_id, deleted, error }) => [track_id, deleted, error?.code])).toEqual([
      [unknown, false, "TRACK_NOT_FOUND"],
      [foreign.id, false, "FORBIDDEN"],
      [mine.id, true, undefined],
      [secret.id, false, "TRACK_PRIVATE"]
    ])
    expectRefusal(await guest.get(at(mine.id)), 404, "TRACK_NOT_FOUND")
    expect((await guest.get(at(foreign.id))).status).toBe(200)
    for (const wrong of [[], ["x"], Array.from({ length: 101 }, () => unknown)]) {
      expectRefusal(
        await creator.byToken.post(`${tracksPath}/batch-delete`, { track_ids: wrong }),
        400,
        "VALIDATION_FAILED"
      )
    }
  })

  it("of one that is being processed leaves nothing behind", async () => {
    await product.workerProcess().stop()
    const reply = await upload(
      creator.byToken,
      { title: "Soon gone", allow_duplicate: "true" },
      { name: "a.wav", bytes: song }
    )
    const track = dataOf(TrackView, reply)
    expect((await remove(creator, track.id)).status).toBe(200)
    await product.startWorker()
    await eventually("the file gone", () => filesOf(track).length === 0)
    await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
    expect(await product.query("SELECT 1 FROM outbox_buried")).toEqual([])
  })
})

describe("a download", () => {
  it("is for the owner, for everybody where the track is downloadable, and for links that say so", async () => {
    const track = await newTrack(creator, { artist: "Zoë", title: "Ein/Lied" })
    const path = at(track.id, "/download")
    for (const session of [guest, other.byToken]) expectRefusal(await session.get(path), 403, "DOWNLOAD_NOT_ALLOWED")
    const own = await creator.byToken.get(path)
    expect(own.status).toBe(200)
    expect(own.bytes.equals(song)).toBe(true)
    expect(own.headers.get("content-disposition")).toBe(
      `attachment; filename="Zoe - Ein Lied.wav"; filename*=UTF-8''Zo%C3%AB%20-%20Ein%20Lied.wav`
    )
    expect(own.headers.get("content-type")).toBe("audio/wav")
    const part = await creator.byToken.get(path, { range: "bytes=0-9" })
    expect([part.status, part.bytes.length]).toEqual([206, 10])

    const share = async (permission: string) =>
      dataOf(Shared, await creator.byToken.post(at(track.id, "/share"), { permission })).token
    expectRefusal(await guest.get(`${path}?share=${await share("stream")}`), 403, "DOWNLOAD_NOT_ALLOWED")
    expect((await guest.get(`${path}?share=${await share("download")}`)).status).toBe(200)
    await put(creator, track.id, { downloadable: true })
    expect((await guest.get(path)).status).toBe(200)
    await put(creator, track.id, { is_public: false })
    expectRefusal(await guest.get(path), 403, "TRACK_PRIVATE")
  })
})
