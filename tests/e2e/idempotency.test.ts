import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import { TrackView } from "@veza/http-koa/contract"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Account, signUpCreator } from "../support/product/accounts.ts"
import { audioBytes, wavHead } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { dataOf, type Reply, type Session } from "../support/product/session.ts"
import { readyTrack, SlowUpload, tracksPath, uploadForm } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const Share = Schema.Struct({ id: Schema.String, token: Schema.String })

let product: Product
let creator: Account
let other: Account
let song: Buffer
let track: string

const wav = (fill: number) => ({ name: "a.wav", bytes: Buffer.concat([wavHead(40_000), Buffer.alloc(40_000, fill)]) })
const uploadUnder = (session: Session, key: string, title: string, file: { name: string; bytes: Buffer }) =>
  session.call("POST", tracksPath, { body: uploadForm({ title }, file), headers: { "idempotency-key": key } })
const share = (session: Session, key: string, body: object = {}, id = track) =>
  session.post(`${tracksPath}/${id}/share`, body, { "idempotency-key": key })
const isReplay = (reply: Reply) => reply.headers.get("idempotency-replayed") === "true"
const count = async (table: "track_shares" | "tracks") => (await product.query(`SELECT 1 FROM ${table}`)).length

/** Expects the same status and the very same bytes, marked as given again. */
const expectReplay = (again: Reply, first: Reply) => {
  expect([again.status, isReplay(again), isReplay(first)]).toEqual([first.status, true, false])
  expect(again.bytes.equals(first.bytes)).toBe(true)
  expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"))
}

beforeAll(async () => {
  product = await startProduct({ apis: 2, env: { CLAMAV_REQUIRED: "false" } })
  creator = await signUpCreator(product)
  other = await signUpCreator(product)
  song = await audioBytes({ folder: product.home, format: "flac", seconds: 1 })
  const reply = await uploadUnder(creator.byToken, randomUUID(), "Song", { name: "a.flac", bytes: song })
  track = (await readyTrack(creator.byToken, dataOf(TrackView, reply).id)).id
})
afterAll(() => product?.stop())

describe("the same request under one Idempotency-Key", () => {
  it("is done once and answered alike, on every process", async () => {
    const before = await count("track_shares")
    const first = await share(creator.byToken, "one", { permission: "stream", expires_in: 3600 })
    expect(first.status).toBe(201)
    expectReplay(await share(creator.byToken, "one", { permission: "stream", expires_in: 3600 }), first)
    expectReplay(
      await share(creator.byToken.at(product.api(1)), "one", { expires_in: 3600, permission: "stream" }),
      first
    )
    expect(await count("track_shares")).toBe(before + 1)
  })

  it("many times at once on two processes is done once; who comes too early is told to wait", async () => {
    const before = await count("track_shares")
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, n) => share(creator.byToken.at(product.api(n % 2)), "at once"))
    )
    for (const reply of replies.filter(({ status }) => status !== 201)) {
      expectRefusal(reply, 409, "IDEMPOTENCY_KEY_IN_FLIGHT")
      expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0)
    }
    const done = replies.filter(({ status }) => status === 201)
    expect(new Set(done.map((reply) => dataOf(Share, reply).token)).size).toBe(1)
    expect(done.filter((reply) => !isReplay(reply))).toHaveLength(1)
    expect(await count("track_shares")).toBe(before + 1)
  })

  it("whose client has left is done to its end, and the retry gets its answer", async () => {
    const before = await count("track_shares")
    const release = await product.hold("LOCK TABLE track_shares IN EXCLUSIVE MODE")
    const path = `${tracksPath}/${track}/share`
    const client = new AbortController()
    const headers = { "idempotency-key": "left" }
    const leaving = creator.byToken.call("POST", path, { json: {}, headers, signal: client.signal })
    const left = expect(leaving).rejects.toThrow()
    await eventually("the request's work", async () => {
      const waiting = "SELECT 1 FROM pg_locks WHERE relation = 'track_shares'::regclass AND NOT granted"
      return (await product.query(waiting)).length > 0
    })
    client.abort()
    await left
    expectRefusal(await share(creator.byToken, "left"), 409, "IDEMPOTENCY_KEY_IN_FLIGHT")
    await release()
    const answer = await eventually("the answer", async () => {
      const reply = await share(creator.byToken, "left")
      return reply.status === 201 && reply
    })
    expect(isReplay(answer)).toBe(true)
    expect(await count("track_shares")).toBe(before + 1)
  })

  it("is refused alike too, when the refusal would not change", async () => {
    const nobody = randomUUID()
    const first = await share(creator.byToken, "no such track", {}, nobody)
    expectRefusal(first, 404, "TRACK_NOT_FOUND")
    expectReplay(await share(creator.byToken, "no such track", {}, nobody), first)
  })
})

describe("an Idempotency-Key", () => {
  it("of another request is refused: other body, other track", async () => {
    await share(creator.byToken, "mine", { permission: "stream" })
    expectRefusal(await share(creator.byToken, "mine", { permission: "download" }), 422, "IDEMPOTENCY_KEY_REUSED")
    expectRefusal(await share(creator.byToken, "mine", {}, randomUUID()), 422, "IDEMPOTENCY_KEY_REUSED")
  })

  it("of somebody else is another key", async () => {
    const mine = await share(creator.byToken, "shared name")
    const theirs = await share(other.byToken, "shared name", { expires_in: 60 })
    expect([mine.status, theirs.status, isReplay(theirs)]).toEqual([201, 201, false])
    expect(dataOf(Share, theirs).id).not.toBe(dataOf(Share, mine).id)
  })

  it.each([
    ["empty", ""],
    ["too long", "x".repeat(256)],
    ["not printable", "tab\there"]
  ])("that is %s is refused by name", async (_fault, key) => {
    expectRefusal(await share(creator.byToken, key), 400, "VALIDATION_FAILED", "Idempotency-Key")
  })

  it("is not used up by a request that is not valid", async () => {
    expectRefusal(await share(creator.byToken, "typo", { expires_in: -1 }), 400, "VALIDATION_FAILED")
    expect((await share(creator.byToken, "typo", { expires_in: 60 })).status).toBe(201)
  })

  it("is ignored by routes that do not honour it", async () => {
    const like = () =>
      creator.byToken.call("POST", `${tracksPath}/${track}/like`, { headers: { "idempotency-key": "\t".repeat(2) } })
    expect([(await like()).status, (await like()).status]).toEqual([200, 200])
  })

  it("is kept for a day: sealed, and then forgotten", async () => {
    const first = await share(creator.byToken, "a day")
    const rows = await product.query(
      "SELECT answer, expires_at > now() + interval '23 hours' AS kept FROM idempotency_keys WHERE key = 'a day'"
    )
    expect(rows).toMatchObject([{ kept: true }])
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(dataOf(Share, first).token).toString("hex"))
    await product.query("UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'a day'")
    const again = await share(creator.byToken, "a day")
    expect([again.status, isReplay(again)]).toEqual([201, false])
  })
})

describe("an upload under an Idempotency-Key", () => {
  it("is taken in once; the same form gets the same answer, another content or field is refused", async () => {
    const before = await count("tracks")
    const first = await uploadUnder(creator.byToken, "up", "Once", wav(1))
    expect(first.status).toBe(201)
    expectReplay(await uploadUnder(creator.byToken.at(product.api(1)), "up", "Once", wav(1)), first)
    expectRefusal(await uploadUnder(creator.byToken, "up", "Once", wav(2)), 422, "IDEMPOTENCY_KEY_REUSED")
    expectRefusal(await uploadUnder(creator.byToken, "up", "Twice", wav(1)), 422, "IDEMPOTENCY_KEY_REUSED")
    expect(await count("tracks")).toBe(before + 1)
  })

  it("that was refused as a duplicate is refused alike; one that was never understood leaves the key free", async () => {
    const first = await uploadUnder(creator.byToken, "dup", "Song", { name: "a.flac", bytes: song })
    expectRefusal(first, 409, "DUPLICATE_TRACK")
    expectReplay(await uploadUnder(creator.byToken, "dup", "Song", { name: "a.flac", bytes: song }), first)
    const noise = { name: "a.wav", bytes: Buffer.alloc(70_000, 7) }
    expectRefusal(await uploadUnder(creator.byToken, "noise", "Noise", noise), 415, "UNSUPPORTED_AUDIO")
    expect((await uploadUnder(creator.byToken, "noise", "Sound", wav(3))).status).toBe(201)
  })

  it("broken off by its client leaves the key free", async () => {
    const sending = new SlowUpload(creator.byToken, "b.wav", { headers: { "idempotency-key": "broken" } })
    await sending.send(wavHead(1_000_000))
    await eventually("the upload being under way", () => product.files().some((file) => file.startsWith("quarantine")))
    expectRefusal(await uploadUnder(creator.byToken, "broken", "Early", wav(4)), 409, "IDEMPOTENCY_KEY_IN_FLIGHT")
    sending.abort()
    await eventually(
      "the key being free",
      async () => (await uploadUnder(creator.byToken, "broken", "Again", wav(4))).status === 201
    )
  })

  it("in flight at a process that is killed can be repeated when its lease has ended, and is done once", async () => {
    const before = await count("tracks")
    const sending = new SlowUpload(creator.byToken, "c.wav", { headers: { "idempotency-key": "killed" } })
    await sending.send(wavHead(1_000_000))
    await eventually("the upload being under way", () => product.files().some((file) => file.startsWith("quarantine")))
    await product.apiProcess().kill()
    await sending.answer().catch(() => {})
    const there = creator.byToken.at(product.api(1))
    expectRefusal(await uploadUnder(there, "killed", "Again", wav(5)), 409, "IDEMPOTENCY_KEY_IN_FLIGHT")
    await product.query("UPDATE idempotency_keys SET leased_until = now() WHERE key = 'killed'")
    const retry = await uploadUnder(there, "killed", "Again", wav(5))
    expect([retry.status, isReplay(retry)]).toEqual([201, false])
    expectReplay(await uploadUnder(there, "killed", "Again", wav(5)), retry)
    expect(await count("tracks")).toBe(before + 1)
  })
})
