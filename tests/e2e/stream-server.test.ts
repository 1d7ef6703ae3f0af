import { readFile } from "node:fs/promises"
import { afterAll, beforeAll, expect, it } from "vitest"
import { signUpCreator } from "../support/product/accounts.ts"
import { makeAudio } from "../support/product/audio.ts"
import { eventually } from "../support/product/eventually.ts"
import { expectRefusal } from "../support/product/refusal.ts"
import { Session } from "../support/product/session.ts"
import { uploadReady } from "../support/product/upload.ts"
import { type Product, startProduct } from "../support/product.ts"

const key = "the-key-of-the-stream-server"
const ready = { status: "ready", manifest_url: "https://stream.example/a/master.m3u8", duration: 1.5 }

let product: Product
let track: string

const report = (body: unknown, presented?: string, id = track, base = product.url) =>
  new Session(base).post(
    `/api/v1/internal/tracks/${id}/stream-ready`,
    body,
    presented === undefined ? {} : { "x-internal-api-key": presented }
  )
const kept = () => product.query("SELECT status, manifest_url, duration_ms, error FROM track_streams")

beforeAll(async () => {
  product = await startProduct({ env: { CLAMAV_REQUIRED: "false", STREAM_SERVER_INTERNAL_API_KEY: key } })
  const creator = await signUpCreator(product)
  const bytes = await readFile(await makeAudio({ folder: product.home, format: "wav", seconds: 1 }))
  track = (await uploadReady(creator.byToken, "Song", { name: "a.wav", bytes })).id
})
afterAll(() => product.stop())

it("is let in by its key only, and not at all where none is configured", async () => {
  for (const wrong of [undefined, "", "the-key", `${key}x`]) {
    expectRefusal(await report(ready, wrong), 401, "INVALID_INTERNAL_KEY")
  }
  const { url } = await product.addApi({ STREAM_SERVER_INTERNAL_API_KEY: "" })
  expectRefusal(await report(ready, key, track, url), 503, "INTERNAL_ROUTES_CLOSED")
  expectRefusal(await report(ready, key, "00000000-0000-4000-8000-000000000000"), 404, "TRACK_NOT_FOUND")
  for (const body of [
    {},
    { status: "ready" },
    { ...ready, manifest_url: "javascript:alert(1)" },
    { ...ready, duration: -1 }
  ]) {
    expectRefusal(await report(body, key), 400, "VALIDATION_FAILED")
  }
  expect(await kept()).toEqual([])
})

it("reports a track, again without effect, and otherwise later; each change is on record once", async () => {
  expect((await report({ status: "failed", error: "no codec" }, key)).status).toBe(200)
  const replies = await Promise.all(Array.from({ length: 5 }, () => report(ready, key)))
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(await kept()).toEqual([{ status: "ready", manifest_url: ready.manifest_url, duration_ms: 1500, error: null }])
  await eventually("an empty outbox", async () => (await product.query("SELECT 1 FROM outbox")).length === 0)
  const entries =
    "SELECT metadata->>'status' AS status FROM audit_entries WHERE action = 'track.stream_reported' ORDER BY sequence"
  expect(await product.query(entries)).toEqual([{ status: "failed" }, { status: "ready" }])
})
